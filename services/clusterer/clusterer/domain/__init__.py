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
from clusterer.domain.grouping import Grouping, group

__all__ = [
    "Cluster",
    "FrozenDeals",
    "Grouping",
    "by_item",
    "form",
    "frozen_deals",
    "group",
    "made_by",
    "name_of",
    "too_few",
    "unplaced",
]
