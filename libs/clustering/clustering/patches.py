"""Clusters that take rows in, one by one, and are then brought back to their sizes."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from clustering.bounding import Bounding
from clustering.groups import Labels, Vectors
from contracts.settings import ClusterSettings

ELSEWHERE = 0.5  # a cluster with room is taken before a full one if it holds so much of the best share


@dataclass(slots=True)
class Patch:
    """A cluster as it becomes: the rows at home and those that are its guests."""

    homes: set[int]
    guests: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, cluster: Sequence[int], at: int, home: Labels) -> "Patch":
        homes = {row for row in cluster if home[row] == at}
        return cls(homes, set(cluster) - homes)

    def __len__(self) -> int:
        return len(self.homes) + len(self.guests)

    def welcome(self, rows: set[int]) -> None:
        self.homes |= rows
        self.guests -= rows


@dataclass(slots=True)
class Patchwork:
    vectors: Vectors
    settings: ClusterSettings
    patches: list[Patch]
    left: list[int] = field(default_factory=list)

    def take_in(self, row: int, membership: NDArray[np.float64]) -> None:
        """At home where most of its neighbours are; where that is full, in the next best that has room."""
        if not membership.any():
            membership = self._likeness(row)
        best = np.argsort(-membership, kind="stable")
        near = [at for at in best.tolist() if membership[at] >= ELSEWHERE * membership[best[0]]]
        high = self.settings.max_deals_per_cluster
        at = next((at for at in near if len(self.patches[at]) < high), near[0])
        self.patches[at].welcome({row})

    def settle(self) -> None:
        """Too large ones lose guests, then are cut; too small ones go to their nearest."""
        for patch in list(self.patches):
            self._no_larger(patch)
        while (small := self._smallest()) is not None:
            self.patches.remove(small)
            if small.homes:
                self._move_in(small.homes)

    def _no_larger(self, patch: Patch) -> None:
        high = self.settings.max_deals_per_cluster
        if len(patch.homes) > high:
            self._cut(patch)
        elif len(patch) > high:
            patch.guests = set(self._nearest_guests(patch)[: high - len(patch.homes)])

    def _cut(self, patch: Patch) -> None:
        """Guests stay with the part that they are most like, as far as there is room."""
        settings = self.settings
        bounding = Bounding(
            self.vectors, settings.min_cluster_size, settings.max_deals_per_cluster, settings.seed
        )
        found, lost = bounding.bound([np.array(sorted(patch.homes), np.intp)])
        parts = [Patch(set(part.tolist())) for part in found]
        self.left += lost
        centres = np.stack([self._centre(part) for part in parts])
        for guest in sorted(patch.guests):
            parts[int(np.argmax(centres @ self.vectors[guest]))].guests.add(guest)
        self.patches[self._place(patch) : self._place(patch) + 1] = parts
        for part in parts:
            self._no_larger(part)

    def _smallest(self) -> Patch | None:
        """The smallest of those that are too small, or that nobody is at home in."""
        low = self.settings.min_cluster_size
        small = [patch for patch in self.patches if len(patch) < low or not patch.homes]
        return min(small, key=lambda patch: (len(patch), min(patch.homes, default=-1)), default=None)

    def _move_in(self, rows: set[int]) -> None:
        """All together, so that one cluster is touched and not many."""
        hosts = [patch for patch in self.patches if patch.homes]
        if not hosts:
            self.left += sorted(rows)
            return
        centre = self.vectors[sorted(rows)].mean(axis=0)
        nearest = sorted(hosts, key=lambda patch: -float(self._centre(patch) @ centre))
        high, low = self.settings.max_deals_per_cluster, self.settings.min_cluster_size
        roomy = next((p for p in nearest[:3] if len(p.homes | rows) <= high), nearest[0])
        if len(roomy.homes | rows) > high and len(roomy.homes | rows) < 2 * low:
            self.left += sorted(rows)
            return
        roomy.welcome(rows)
        self._no_larger(roomy)

    def _likeness(self, row: int) -> NDArray[np.float64]:
        """Of a row whose neighbours are all homeless too."""
        found = np.full(len(self.patches), -1.0)
        for at, patch in enumerate(self.patches):
            if patch.homes:
                found[at] = float(self._centre(patch) @ self.vectors[row])
        likeness: NDArray[np.float64] = found + 1.0
        return likeness

    def _centre(self, patch: Patch) -> Vectors:
        centre: Vectors = self.vectors[sorted(patch.homes)].mean(axis=0)
        return centre

    def _nearest_guests(self, patch: Patch) -> list[int]:
        centre = self._centre(patch)
        return sorted(patch.guests, key=lambda row: (-float(self.vectors[row] @ centre), row))

    def _place(self, patch: Patch) -> int:
        return next(at for at, each in enumerate(self.patches) if each is patch)
