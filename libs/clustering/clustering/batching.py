"""Batches of rows that are alike, for work that takes some at a time."""

from collections.abc import Sequence
from math import ceil

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from clustering.cutting import halves
from clustering.groups import Members, Vectors


def batches(
    vectors: Vectors, weights: Sequence[float], *, size: int, weight: float, seed: int
) -> list[list[int]]:
    """Every row in one batch of at most `size` rows that weigh at most `weight` together, or of one row.

    Few batches, well filled; one that follows another is like it. The same vectors in the same order give
    the same batches; callers sort them first.
    """
    if not len(vectors):
        return []
    heavy = np.asarray(weights)
    with threadpool_limits(1):  # one order of additions, so that the same input gives the same bits
        found = _cut(vectors, np.arange(len(vectors)), size, seed)
        light = [part for batch in found for part in _lighter(vectors, batch, heavy, weight, seed)]
    return [batch.tolist() for batch in light]


def _cut(vectors: Vectors, rows: Members, size: int, seed: int) -> list[Members]:
    if len(rows) <= size:
        return [rows]
    parts = ceil(len(rows) / size)
    sides = halves(vectors, rows, seed=seed, parts=parts, low=1, high=size)
    return [part for side in sides for part in _cut(vectors, side, size, seed)]


def _lighter(vectors: Vectors, rows: Members, heavy: Vectors, weight: float, seed: int) -> list[Members]:
    if len(rows) == 1 or heavy[rows].sum() <= weight:
        return [rows]
    sides = halves(vectors, rows, seed=seed)
    return [part for side in sides if len(side) for part in _lighter(vectors, side, heavy, weight, seed)]
