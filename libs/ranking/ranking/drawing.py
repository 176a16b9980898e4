"""Which clusters queries are asked for."""

import hashlib
from collections.abc import Sequence

from contracts.errors import WorkFailed
from contracts.ranking import MIN_CLUSTERS
from ranking.candidate import MiniCluster


class TooFewClusters(WorkFailed):
    """There is nowhere to take negatives from."""

    def __init__(self, there: int) -> None:
        clusters = "there is 1 cluster" if there == 1 else f"there are {there} clusters"
        super().__init__(
            "too_few_clusters",
            f"{clusters}; the negatives of a cluster come from other clusters, so {MIN_CLUSTERS} are the "
            "least: name a run with more packages, or a graph with more platforms",
        )


def drawn(
    clusters: Sequence[MiniCluster], count: int, seed: int, skip: frozenset[str] = frozenset()
) -> tuple[MiniCluster, ...]:
    """So many of those not skipped, sorted by id. Which of two is drawn first, no third one changes."""
    if len(clusters) < MIN_CLUSTERS:
        raise TooFewClusters(len(clusters))
    left = [cluster for cluster in clusters if cluster.cluster_id not in skip]
    left.sort(key=lambda cluster: lot(seed, cluster.cluster_id))
    return tuple(sorted(left[:count], key=lambda cluster: cluster.cluster_id))


def lot(seed: int, name: str) -> tuple[bytes, str]:
    """Where a name comes in the order that belongs to the seed."""
    return hashlib.sha256(f"{seed} {name}".encode()).digest(), name
