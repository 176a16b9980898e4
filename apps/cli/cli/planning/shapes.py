"""How deals would be clustered, in figures."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clustering import Grouping, cells, group
from contracts.settings import ClusterSettings

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shape:
    """The clusters of a run; a deal that is in several counts in each of them."""

    deals: int
    sizes: tuple[int, ...]
    left: int  # in no cluster
    shared: int  # in two clusters or more

    @property
    def clusters(self) -> int:
        return len(self.sizes)

    @property
    def mean_size(self) -> float:
        """Deals that a question is about."""
        return sum(self.sizes) / len(self.sizes) if self.sizes else 0

    @property
    def mean_homes(self) -> float:
        """Deals for each cluster, every deal counted once."""
        return (self.deals - self.left) / len(self.sizes) if self.sizes else 0

    @property
    def overlap(self) -> float:
        """Share of the clustered deals that are in two clusters or more."""
        return self.shared / (self.deals - self.left) if self.deals > self.left else 0


def shape_of(vectors: Vectors, settings: ClusterSettings) -> Shape:
    """Cluster as the clusterer does. The rows are those of deals sorted by item id."""
    parts = cells(vectors, settings)
    return combined(len(vectors), [group(vectors[cell], settings) for cell in parts])


def combined(deals: int, groupings: Iterable[Grouping]) -> Shape:
    sizes: list[int] = []
    left = shared = 0
    for grouping in groupings:
        times = Counter(row for cluster in grouping.clusters for row in cluster)
        sizes += [len(cluster) for cluster in grouping.clusters]
        left += len(grouping.left)
        shared += sum(count > 1 for count in times.values())
    return Shape(deals, tuple(sizes), left, shared)
