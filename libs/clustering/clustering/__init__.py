"""Which rows of a matrix of vectors belong together. Pure: the same input gives the same groups."""

from clustering.batching import batches
from clustering.cells import cells
from clustering.frozen import FrozenItems, frozen_items
from clustering.grouping import group, unbounded
from clustering.groups import Grouping, Members, Regrouping, Vectors
from clustering.regrouping import regroup

__all__ = [
    "FrozenItems",
    "Grouping",
    "Members",
    "Regrouping",
    "Vectors",
    "batches",
    "cells",
    "frozen_items",
    "group",
    "regroup",
    "unbounded",
]
