"""A graph of deals as a source of ranking data: each platform with its add-ons and events is a cluster."""
