"""Which deals belong together, and what a clustering is."""

from clusterer.domain.clusters import (
    Cluster,
    FrozenDeals,
    by_item,
    form,
    frozen_deals,
    made_by,
    name_of,
    too_few,
    unplaced,
)

__all__ = [
    "Cluster",
    "FrozenDeals",
    "by_item",
    "form",
    "frozen_deals",
    "made_by",
    "name_of",
    "too_few",
    "unplaced",
]
