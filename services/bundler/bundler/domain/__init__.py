"""What a run of bundles is, how it is planned, what it came to. Pure."""
