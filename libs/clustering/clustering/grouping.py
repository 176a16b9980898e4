"""One clustering from vectors to clusters: a method finds groups, these are bounded in size, then shared."""

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from clustering.bounding import Bounding
from clustering.groups import Found, Grouping, Labels, Vectors
from clustering.methods import find
from clustering.neighbours import nearest
from clustering.soft import invitations, shares, with_guests
from contracts.settings import ClusterSettings


def group(vectors: Vectors, settings: ClusterSettings) -> Grouping:
    """Every cluster between the minimum and the maximum. Rows are left over only where no such sizes exist:

    fewer rows than the minimum, or bounds so close to each other that nothing adds up.
    The same vectors in the same order give the same result; callers sort them first.
    """
    if len(vectors) < settings.min_cluster_size:
        return Grouping([], list(range(len(vectors))), [-1] * len(vectors))
    with threadpool_limits(1):  # one order of additions, so that the same input gives the same bits
        found = find(vectors, settings)
        clusters, left = bounds(vectors, settings).bound(found.groups)
        ordered = sorted(cluster.tolist() for cluster in clusters)
        home = homes_of(ordered, len(vectors))
        hosts = shared(vectors, ordered, home, settings)
    return Grouping(hosts, left, home.tolist(), len(found.groups), found.resolution)


def unbounded(vectors: Vectors, settings: ClusterSettings) -> Found:
    """The groups as the method finds them, of any size and without guests: for comparisons."""
    with threadpool_limits(1):
        return find(vectors, settings)


def bounds(vectors: Vectors, settings: ClusterSettings) -> Bounding:
    low, high = settings.min_cluster_size, settings.max_deals_per_cluster
    usual = 1 if settings.n_components else (low + high) / 2  # who asks for many groups gets many clusters
    return Bounding(vectors, low, high, settings.seed, usual)


def shared(
    vectors: Vectors, clusters: list[list[int]], home: Labels, settings: ClusterSettings
) -> list[list[int]]:
    """The clusters with their guests, in the same order."""
    if not settings.use_soft_assignments or len(clusters) < 2:  # noqa: PLR2004 - nowhere to be a guest
        return clusters
    membership = shares(nearest(vectors, settings.neighbours), home, len(clusters))
    invited = invitations(membership, np.arange(len(vectors)), home, settings.probability_threshold)
    return with_guests(clusters, invited, settings)


def homes_of(clusters: list[list[int]], rows: int) -> Labels:
    """The cluster of each row, where every row is in one at most; -1: none."""
    home = np.full(rows, -1, np.intp)
    for at, cluster in enumerate(clusters):
        home[cluster] = at
    return home
