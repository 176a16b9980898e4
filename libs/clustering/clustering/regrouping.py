"""An earlier grouping, changed only where deals came, went or changed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from clustering.grouping import group
from clustering.groups import Grouping, Labels, Members, Regrouping, Vectors
from clustering.neighbours import Neighbours, nearest
from clustering.patches import Patch, Patchwork
from clustering.soft import invitations, shares, with_guests
from contracts.settings import ClusterSettings


def regroup(
    vectors: Vectors,
    base: Sequence[Sequence[int]],
    homes: Sequence[int],
    moved: Sequence[int],
    settings: ClusterSettings,
) -> Regrouping:
    """Put the moved rows into the clusters of `base`, and leave alone what they do not reach.

    `vectors` are all rows that are present now, new and changed ones included. `base` are the clusters of
    the earlier grouping without the rows that are gone, `homes` the base cluster of each row, -1 for moved
    rows and for those that were in none. `moved` are the rows that are new or have another vector: they are
    in no base cluster. A base cluster that only lost rows counts as kept: the caller knows what it took out.
    """
    home = np.array(homes, np.intp)
    home[list(moved)] = -1
    if not (home >= 0).any():
        fresh = group(vectors, settings)
        return Regrouping(fresh, [], [-1] * len(fresh.clusters))
    with threadpool_limits(1):
        return _Regroup(vectors, settings, np.flatnonzero(home < 0)).run(base, home)


@dataclass(frozen=True, slots=True)
class _Regroup:
    vectors: Vectors
    settings: ClusterSettings
    homeless: Members

    def run(self, base: Sequence[Sequence[int]], home: Labels) -> Regrouping:
        work = Patchwork(self.vectors, self.settings, [Patch.of(c, at, home) for at, c in enumerate(base)])
        near = nearest(self.vectors, self.settings.neighbours, of=self.homeless)
        membership = shares(near, home, len(base))
        for at, row in enumerate(self.homeless.tolist()):
            work.take_in(row, membership[[at]].toarray()[0])
        work.settle()
        patches = sorted(
            (patch for patch in work.patches if patch.homes), key=lambda patch: sorted(patch.homes)
        )
        return self._result(patches, work.left, near, base)

    def _result(
        self, patches: list[Patch], left: list[int], near: Neighbours, base: Sequence[Sequence[int]]
    ) -> Regrouping:
        home = np.full(len(self.vectors), -1, np.intp)
        for at, patch in enumerate(patches):
            home[sorted(patch.homes)] = at
        hosts = [sorted(patch.homes | patch.guests) for patch in patches]
        if self.settings.use_soft_assignments and hosts:
            membership = shares(near, home, len(hosts))
            threshold = self.settings.probability_threshold
            hosts = with_guests(hosts, invitations(membership, self.homeless, home, threshold), self.settings)
        return _compared(Grouping(hosts, sorted(left), home.tolist(), len(base)), base)


def _compared(grouping: Grouping, base: Sequence[Sequence[int]]) -> Regrouping:
    earlier = {tuple(sorted(cluster)): at for at, cluster in enumerate(base)}
    source = [earlier.get(tuple(cluster), -1) for cluster in grouping.clusters]
    return Regrouping(grouping, sorted(at for at in source if at >= 0), source)
