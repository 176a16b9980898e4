"""Sizes within bounds: what is too large is cut by likeness, what is too small joins its nearest."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from clustering.cutting import halves
from clustering.groups import Members, Vectors

FILL = 0.2  # how far a part of a large group is from the largest to the smallest size, on a scale of ratios


@dataclass(frozen=True, slots=True)
class _Centred:
    rows: Members
    centre: Vectors


@dataclass(frozen=True, slots=True)
class Bounding:
    """Nothing is lost but rows for which no such sizes exist."""

    vectors: Vectors
    low: int
    high: int
    seed: int
    usual: float = 1  # clusters join while they have fewer rows than this on average; 1: they stay

    def bound(self, groups: Sequence[Members]) -> tuple[list[Members], list[int]]:
        """Clusters between low and high, and the rows for which there is no room."""
        if sum(len(group) for group in groups) < self.low:
            return [], sorted(int(row) for group in groups for row in group)
        parts = [part for group in groups if len(group) for part in self.no_larger(group)]
        clusters, left = self.none_too_small(parts)
        return self.filled(clusters), sorted(left)

    def no_larger(self, group: Members) -> list[Members]:
        """Cut where it is natural, but into few parts, so that they are well filled."""
        if len(group) <= self.high:
            return [group]
        filled = self.high * (self.low / self.high) ** FILL
        parts = max(ceil(len(group) / self.high), round(len(group) / filled))
        low = min(self.low, len(group) // parts)
        sides = halves(self.vectors, group, seed=self.seed, parts=parts, low=low, high=self.high)
        return [part for side in sides for part in self.no_larger(side)]

    def none_too_small(self, clusters: Sequence[Members]) -> tuple[list[Members], list[int]]:
        """A cluster below the minimum joins its nearest; what is then too large is cut in two."""
        whole = [self._centred(cluster) for cluster in clusters]
        left: list[int] = []
        while len(whole) > 1 and (small := self._take_small(whole)) is not None:
            nearest = self._take_nearest(small, whole)
            kept, lost = self._fit(np.sort(np.concatenate([small.rows, nearest.rows])))
            whole += [self._centred(cluster) for cluster in kept]
            left += lost
        return [cluster.rows for cluster in whole], left

    def filled(self, clusters: Sequence[Members]) -> list[Members]:
        """The two most alike of those that fit in one become one, until clusters have their usual size."""
        whole = [self._centred(cluster) for cluster in clusters]
        most = sum(len(cluster) for cluster in clusters) / self.usual
        while len(whole) > max(most, 1) and (pair := self._pair(whole)) is not None:
            one, other = pair
            whole[one] = self._centred(np.sort(np.concatenate([whole[one].rows, whole[other].rows])))
            del whole[other]
        return [cluster.rows for cluster in whole]

    def _pair(self, whole: list[_Centred]) -> tuple[int, int] | None:
        sizes = np.array([len(cluster.rows) for cluster in whole])
        centres = np.stack([cluster.centre for cluster in whole])
        apart = _apart(centres)
        apart[np.triu(np.ones_like(apart, bool)).T | (sizes[:, None] + sizes > self.high)] = np.inf
        one, other = divmod(int(np.argmin(apart)), len(whole))
        return None if np.isinf(apart[one, other]) else (one, other)

    def _centred(self, rows: Members) -> _Centred:
        return _Centred(rows, self.vectors[rows].mean(axis=0))

    def _take_small(self, whole: list[_Centred]) -> _Centred | None:
        place = min(range(len(whole)), key=lambda at: (len(whole[at].rows), whole[at].rows[0]))
        return whole.pop(place) if len(whole[place].rows) < self.low else None

    def _take_nearest(self, small: _Centred, whole: list[_Centred]) -> _Centred:
        centres = np.stack([cluster.centre for cluster in whole])
        return whole.pop(int(np.argmin(np.linalg.norm(centres - small.centre, axis=1))))

    def _fit(self, joined: Members) -> tuple[list[Members], list[int]]:
        """One cluster if small enough, else two; where two would be too small, the nearest stay together."""
        if len(joined) <= self.high:
            return [joined], []
        if len(joined) >= 2 * self.low:
            return list(halves(self.vectors, joined, seed=self.seed, low=self.low, high=self.high)), []
        distances = np.linalg.norm(self.vectors[joined] - self._centred(joined).centre, axis=1)
        order = joined[np.argsort(distances, kind="stable")]
        return [np.sort(order[: self.high])], order[self.high :].tolist()


def _apart(centres: Vectors) -> Vectors:
    """Squared distance of each pair."""
    squares = np.sum(centres * centres, axis=1)
    apart: Vectors = squares[:, None] + squares - 2 * (centres @ centres.T)
    return apart
