"""Sizes within bounds: what is too large is cut by likeness, what is too small joins its nearest."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

from clustering.groups import Members, Vectors

STARTS = 4  # k-means keeps the best of so many


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

    def bound(self, clusters: Sequence[Members]) -> tuple[list[Members], list[int]]:
        """Clusters between low and high, and the rows for which there is no room."""
        if sum(len(cluster) for cluster in clusters) < self.low:
            return [], sorted(int(row) for cluster in clusters for row in cluster)
        parts = [part for cluster in clusters for part in self.no_larger(cluster)]
        return self.none_too_small(parts)

    def no_larger(self, cluster: Members) -> list[Members]:
        if len(cluster) <= self.high:
            return [cluster]
        return [part for half in self._halves(cluster) for part in self.no_larger(half)]

    def none_too_small(self, clusters: Sequence[Members]) -> tuple[list[Members], list[int]]:
        """A cluster below the minimum joins its nearest; what is then too large is cut in two."""
        whole = [self._centred(cluster) for cluster in clusters if len(cluster)]
        left: list[int] = []
        while len(whole) > 1 and (small := self._take_small(whole)) is not None:
            nearest = self._take_nearest(small, whole)
            kept, lost = self._fit(np.sort(np.concatenate([small.rows, nearest.rows])))
            whole += [self._centred(cluster) for cluster in kept]
            left += lost
        return [cluster.rows for cluster in whole], left

    def _halves(self, cluster: Members) -> tuple[Members, Members]:
        """Cut by likeness: across the line between two centres, where neither side gets too small."""
        centres = self._two_centres(cluster)
        along = self.vectors[cluster] @ (centres[1] - centres[0])
        nearer = int(np.sum(along <= (centres[1] - centres[0]) @ (centres[0] + centres[1]) / 2))
        least = min(self.low, len(cluster) // 2)
        cut = min(max(nearer, least), len(cluster) - least)
        order = np.argsort(along, kind="stable")
        return np.sort(cluster[order[:cut]]), np.sort(cluster[order[cut:]])

    def _two_centres(self, cluster: Members) -> Vectors:
        halves = kmeans(self.vectors, cluster, 2, seed=self.seed)
        return np.stack([self._centred(half).centre for half in (halves[0], halves[-1])])

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
            return list(self._halves(joined)), []
        distances = np.linalg.norm(self.vectors[joined] - self._centred(joined).centre, axis=1)
        order = joined[np.argsort(distances, kind="stable")]
        return [np.sort(order[: self.high])], order[self.high :].tolist()


def kmeans(
    vectors: Vectors, rows: Members, clusters: int, *, seed: int, starts: int = STARTS
) -> list[Members]:
    if clusters <= 1:
        return [rows]
    fitted = KMeans(clusters, n_init=starts, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # equal deals: fewer places than clusters
        labels = fitted.fit_predict(vectors[rows])
    return [found for label in range(clusters) if len(found := rows[labels == label])]
