"""K-means whose clusters stay within their sizes and lose nothing. Pure, and the same for the same input."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from contracts.settings import ClusterSettings

CELL = 2000  # above this k-means goes by cells: its cost grows with the square of the deals
STARTS = 4  # k-means keeps the best of so many

Vectors = NDArray[np.float32]
Members = NDArray[np.intp]  # rows of the vectors, ascending


@dataclass(frozen=True, slots=True)
class Grouping:
    """Clusters of rows, and the rows that fit in none."""

    clusters: list[list[int]]
    left: list[int]


def group(vectors: Vectors, settings: ClusterSettings) -> Grouping:
    """Every cluster between the minimum and the maximum. Rows are left over only where no such sizes exist:

    fewer rows than the minimum, or bounds so close to each other that nothing adds up.
    """
    rows = np.arange(len(vectors))
    if len(rows) < settings.min_cluster_size:
        return Grouping([], rows.tolist())
    with threadpool_limits(1):  # one order of additions, so that the same input gives the same bits
        bounded = _Bounded(vectors, settings)
        clusters = [part for cell in bounded.cells(rows) for part in bounded.parts(cell)]
        clusters, left = bounded.none_too_small(clusters)
    ordered = sorted(cluster.tolist() for cluster in clusters)
    return Grouping(ordered, sorted(left))


@dataclass(frozen=True, slots=True)
class _Centred:
    rows: Members
    centre: Vectors


@dataclass(frozen=True, slots=True)
class _Bounded:
    vectors: Vectors
    settings: ClusterSettings

    @property
    def low(self) -> int:
        return self.settings.min_cluster_size

    @property
    def high(self) -> int:
        return self.settings.max_deals_per_cluster

    def cells(self, rows: Members) -> list[Members]:
        """Coarse clusters that are small enough to be looked at alone."""
        return self._kmeans(rows, ceil(len(rows) / CELL), starts=1)

    def parts(self, cell: Members) -> list[Members]:
        clusters = self._kmeans(cell, ceil(len(cell) / self.high), starts=STARTS)
        return [part for cluster in clusters for part in self._no_larger(cluster)]

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

    def _kmeans(self, rows: Members, clusters: int, *, starts: int) -> list[Members]:
        if clusters <= 1:
            return [rows]
        kmeans = KMeans(clusters, n_init=starts, random_state=self.settings.seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # equal deals: fewer places than clusters
            labels = kmeans.fit_predict(self.vectors[rows])
        return [found for label in range(clusters) if len(found := rows[labels == label])]

    def _no_larger(self, cluster: Members) -> list[Members]:
        if len(cluster) <= self.high:
            return [cluster]
        return [part for half in self._halves(cluster) for part in self._no_larger(half)]

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
        halves = self._kmeans(cluster, 2, starts=STARTS)
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
