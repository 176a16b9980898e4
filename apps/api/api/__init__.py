"""Runs over HTTP: start, steer, follow, read."""
