"""Which rows of a matrix of vectors belong together. Pure: the same input gives the same groups."""

from clustering.grouping import Grouping, Members, Vectors, group

__all__ = ["Grouping", "Members", "Vectors", "group"]
