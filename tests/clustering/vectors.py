"""Vectors to cluster, and what every grouping of them promises."""

from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from clustering import Grouping
from contracts.settings import ClusteringMethod, ClusterSettings

Vectors = NDArray[np.float32]
METHODS: tuple[ClusteringMethod, ...] = get_args(ClusteringMethod)


def unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / lengths, np.float32)


def blobs(sizes: list[int], *, dim: int = 16, spread: float = 0.1, seed: int = 1) -> Vectors:
    """Rows around one centre per size, in the order of the sizes."""
    chance = np.random.default_rng(seed)
    centres = np.repeat(chance.normal(size=(len(sizes), dim)), sizes, axis=0)
    return unit(np.asarray(centres + spread * chance.normal(size=centres.shape), np.float32))


def sizes(low: int, high: int, **others: Any) -> ClusterSettings:
    return ClusterSettings(min_cluster_size=low, max_deals_per_cluster=high, **others)


def apart(low: int, high: int, **others: Any) -> ClusterSettings:
    """No row in two clusters."""
    return sizes(low, high, use_soft_assignments=False, **others)


def at_home(found: Grouping) -> list[list[int]]:
    """The clusters without their guests."""
    return [[row for row in cluster if found.home[row] == at] for at, cluster in enumerate(found.clusters)]


def check(found: Grouping, rows: int, settings: ClusterSettings) -> None:
    """Sizes hold, every row is at home in one cluster or left, and in no more clusters than allowed."""
    low, high = settings.min_cluster_size, settings.max_deals_per_cluster
    assert all(low <= len(cluster) <= high for cluster in found.clusters)
    assert all(cluster == sorted(set(cluster)) for cluster in found.clusters)
    assert sorted([*found.left, *(row for cluster in at_home(found) for row in cluster)]) == list(range(rows))
    assert [row for row in range(rows) if found.home[row] == -1] == found.left
    assert at_home(found) == sorted(at_home(found))
    assert max(memberships(found, rows), default=0) <= settings.max_clusters_per_deal


def memberships(found: Grouping, rows: int) -> list[int]:
    """Of each row, in how many clusters it is."""
    members = [row for cluster in found.clusters for row in cluster]
    counts: list[int] = np.bincount(np.array(members, np.intp), minlength=rows).tolist()
    return counts


def overlap(found: Grouping, rows: int) -> float:
    return sum(count > 1 for count in memberships(found, rows)) / rows
