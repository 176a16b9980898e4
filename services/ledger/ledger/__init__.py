"""Follows every event but the deals themselves, so that people can see runs, their progress and their end."""
