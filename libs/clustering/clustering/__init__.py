"""Which rows of a matrix of vectors belong together. Pure: the same input gives the same groups."""

from clustering.cells import cells
from clustering.grouping import group
from clustering.groups import Grouping, Members, Regrouping, Vectors
from clustering.regrouping import regroup

__all__ = ["Grouping", "Members", "Regrouping", "Vectors", "cells", "group", "regroup"]
