"""Puts products into the segments of a taxonomy that it finds."""
