"""How clearly products belong where they are: the margin between the two nearest categories.

A product's own category is looked at without the product itself, so that nobody speaks for himself. What is
out of scope has nothing in common: it belongs there as clearly as it is far from every category.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering import Vectors

Labels = NDArray[np.intp]  # the category of each product
Margins = NDArray[np.float64]

FAR: Final = 0.1  # the share of products that are farther from their own category than what counts as far
TINY: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Space:
    """Products and the categories that they are in."""

    vectors: Vectors
    labels: Labels
    categories: int
    outside: int | None  # which of the categories is what is out of scope

    def with_labels(self, labels: Labels) -> "Space":
        return Space(self.vectors, labels, self.categories, self.outside)


@dataclass(frozen=True, slots=True)
class Sums:
    """Of the vectors of each category."""

    vectors: Margins
    counts: NDArray[np.intp]

    @property
    def centres(self) -> Margins:
        return _normed(self.vectors)


def sums_of(space: Space) -> Sums:
    totals = np.zeros((space.categories, space.vectors.shape[1]))
    counts = np.bincount(space.labels, minlength=space.categories)
    order, there = np.argsort(space.labels, kind="stable"), np.flatnonzero(counts)
    if len(there):
        starts = np.cumsum(counts)[there] - counts[there]
        totals[there] = np.add.reduceat(space.vectors[order], starts, axis=0, dtype=np.float64)
    return Sums(totals, counts)


def margins(space: Space, far: float, rows: Labels | None = None) -> Margins:
    """Of these rows, or of all: how much nearer each is to its own category than to any other.

    `far`: what counts as its likeness where a product is alone in its category, or out of scope.
    """
    sums = sums_of(space)
    chosen = np.arange(len(space.labels)) if rows is None else rows
    own, nearest = _own(space, sums, chosen), _nearest_other(space, sums, chosen)
    alone = (sums.counts[space.labels[chosen]] == 1) | (space.labels[chosen] == _number(space.outside))
    return np.where(alone, far, own) - nearest


def far_from(space: Space) -> float:
    """The likeness to its own category that all but a few products exceed."""
    sums, rows = sums_of(space), np.arange(len(space.labels))
    inside = rows[(space.labels != _number(space.outside)) & (sums.counts[space.labels] > 1)]
    return float(np.quantile(_own(space, sums, inside), FAR)) if len(inside) else 0.0


def likeness(space: Space, rows: Labels) -> Margins:
    """Of each of these products to each category; what is out of scope is like nothing."""
    sums = sums_of(space)
    found: Margins = space.vectors[rows] @ sums.centres.T
    return _without(found, space, sums)


def boundary(found: Margins, share: float) -> Labels:
    """The products with the least margins, this share of all; equal ones in the order of the products."""
    wanted = int(np.ceil(share * len(found)))
    return np.sort(np.argsort(found, kind="stable")[:wanted])


def _own(space: Space, sums: Sums, rows: Labels) -> Margins:
    others = sums.vectors[space.labels[rows]] - space.vectors[rows]
    found: Margins = np.sum(_normed(others) * space.vectors[rows], axis=1)
    return found


def _nearest_other(space: Space, sums: Sums, rows: Labels) -> Margins:
    near = _without(space.vectors[rows] @ sums.centres.T, space, sums)
    near[np.arange(len(rows)), space.labels[rows]] = -1.0
    found: Margins = near.max(axis=1, initial=-1.0)
    return found


def _without(near: Margins, space: Space, sums: Sums) -> Margins:
    near = near.copy()
    near[:, sums.counts == 0] = -1.0
    if space.outside is not None:
        near[:, space.outside] = -1.0
    return near


def _normed(vectors: Margins) -> Margins:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: Margins = vectors / np.maximum(lengths, TINY)
    return found


def _number(outside: int | None) -> int:
    return -1 if outside is None else outside
