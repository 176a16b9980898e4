"""Which rows of a matrix of vectors belong together. Pure: the same input gives the same groups.

Importing this loads none of the libraries that do the work: they take seconds and 100 MB, also in a process
that only reads frozen items and hands the work to another. So the functions load them when they are called.
"""

# ruff: noqa: PLC0415

from collections.abc import Sequence

from clustering.frozen import FrozenItems, frozen_items
from clustering.groups import Found, Grouping, Members, Regrouping, Vectors
from contracts.settings import ClusterSettings

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


def batches(
    vectors: Vectors, weights: Sequence[float], *, size: int, weight: float, seed: int
) -> list[list[int]]:
    from clustering import batching

    return batching.batches(vectors, weights, size=size, weight=weight, seed=seed)


def cells(vectors: Vectors, settings: ClusterSettings) -> list[list[int]]:
    from clustering import celling

    return celling.cells(vectors, settings)


def group(vectors: Vectors, settings: ClusterSettings) -> Grouping:
    from clustering import grouping

    return grouping.group(vectors, settings)


def unbounded(vectors: Vectors, settings: ClusterSettings) -> Found:
    from clustering import grouping

    return grouping.unbounded(vectors, settings)


def regroup(
    vectors: Vectors,
    base: Sequence[Sequence[int]],
    homes: Sequence[int],
    moved: Sequence[int],
    settings: ClusterSettings,
) -> Regrouping:
    from clustering import regrouping

    return regrouping.regroup(vectors, base, homes, moved, settings)
