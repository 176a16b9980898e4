"""An earlier grouping, changed only where deals came, went or changed."""

from collections.abc import Sequence

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from clustering.bounding import Bounding
from clustering.grouping import group, homes_of
from clustering.groups import Grouping, Regrouping, Vectors
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
    if not any(len(cluster) for cluster in base):
        fresh = group(vectors, settings)
        return Regrouping(fresh, [], [-1] * len(fresh.clusters))
    with threadpool_limits(1):
        clusters = [
            np.array(sorted(row for row in c if homes[row] == at), np.intp) for at, c in enumerate(base)
        ]
        centres = np.stack([vectors[c].mean(axis=0) if len(c) else -vectors.mean(axis=0) for c in clusters])
        for row in sorted({*moved, *(row for row, home in enumerate(homes) if home < 0)}):
            nearest = int(np.argmax(centres @ vectors[row]))
            clusters[nearest] = np.sort(np.append(clusters[nearest], row))
        bounding = Bounding(vectors, settings.min_cluster_size, settings.max_deals_per_cluster, settings.seed)
        bounded, left = bounding.bound([c for c in clusters if len(c)])
    ordered = sorted(cluster.tolist() for cluster in bounded)
    found = {tuple(sorted(cluster)): at for at, cluster in enumerate(base)}
    source = [found.get(tuple(cluster), -1) for cluster in ordered]
    grouping = Grouping(ordered, sorted(left), homes_of(ordered, len(vectors)))
    return Regrouping(grouping, sorted(at for at in source if at >= 0), source)
