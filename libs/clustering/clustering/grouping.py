"""One clustering from vectors to clusters: the method finds groups, which are then bounded in size."""

from math import ceil

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from clustering.bounding import Bounding, kmeans
from clustering.groups import Grouping, Vectors
from contracts.settings import ClusterSettings


def group(vectors: Vectors, settings: ClusterSettings) -> Grouping:
    """Every cluster between the minimum and the maximum. Rows are left over only where no such sizes exist:

    fewer rows than the minimum, or bounds so close to each other that nothing adds up.
    The same vectors in the same order give the same result; callers sort them first.
    """
    rows = np.arange(len(vectors))
    if len(rows) < settings.min_cluster_size:
        return Grouping([], rows.tolist(), [-1] * len(rows))
    with threadpool_limits(1):  # one order of additions, so that the same input gives the same bits
        groups = kmeans(vectors, rows, ceil(len(rows) / settings.max_deals_per_cluster), seed=settings.seed)
        bounding = Bounding(vectors, settings.min_cluster_size, settings.max_deals_per_cluster, settings.seed)
        clusters, left = bounding.bound(groups)
    ordered = sorted(cluster.tolist() for cluster in clusters)
    return Grouping(ordered, sorted(left), homes_of(ordered, len(rows)), len(groups))


def homes_of(clusters: list[list[int]], rows: int) -> list[int]:
    """The cluster of each row, where every row is in one at most; -1: none."""
    home = [-1] * rows
    for at, cluster in enumerate(clusters):
        for row in cluster:
            home[row] = at
    return home
