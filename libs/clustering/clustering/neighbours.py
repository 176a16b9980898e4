"""The nearest neighbours of each row, exact, in blocks so that memory stays small."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clustering.groups import Labels, Members, Vectors

BLOCK = 1 << 22  # cosines held at a time: 16 MiB


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Of each row the `k` rows most like it, itself left out, and how alike they are."""

    rows: Members  # n x k
    likeness: NDArray[np.float32]  # n x k, cosines


def nearest(vectors: Vectors, k: int, *, of: Members | None = None) -> Neighbours:
    """Neighbours among all rows, for all rows or those in `of`. Fewer than k where there are no more."""
    asked = np.arange(len(vectors)) if of is None else of
    k = min(k, len(vectors) - 1)
    rows = np.zeros((len(asked), k), np.intp)
    likeness = np.zeros((len(asked), k), np.float32)
    step = max(1, BLOCK // max(1, len(vectors)))
    for start in range(0, len(asked) if k > 0 else 0, step):
        block = asked[start : start + step]
        cosines = vectors[block] @ vectors.T
        cosines[np.arange(len(block)), block] = -2
        best = np.argpartition(cosines, -k, axis=1)[:, -k:]
        best.sort(axis=1)
        rows[start : start + step] = best
        likeness[start : start + step] = np.take_along_axis(cosines, best, axis=1)
    return Neighbours(rows, likeness)


@dataclass(frozen=True, slots=True)
class Distinct:
    """The different vectors, and which of them each row is: equal rows are one point to every method."""

    vectors: Vectors
    which: Labels

    def rows_of(self, groups: list[Members]) -> list[Members]:
        label = np.zeros(len(self.vectors), np.intp)
        for at, group in enumerate(groups):
            label[group] = at
        labels = label[self.which]
        return [np.flatnonzero(labels == at) for at in range(len(groups))]


def distinct(vectors: Vectors) -> Distinct:
    whole = np.ascontiguousarray(vectors + np.float32(0))  # -0 and 0 have different bytes
    keys = whole.view(np.dtype((np.void, whole.dtype.itemsize * whole.shape[1]))).ravel()
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty(len(order), np.intp)
    place[order] = np.arange(len(order))
    return Distinct(vectors[first[order]], place[inverse.ravel()])
