"""Ranking data and rankers, as the command line speaks of them."""
