"""Which deals belong together, and what a clustering is."""

from clusterer.domain.cells import (
    Cell,
    CellCluster,
    CellResult,
    Changes,
    Plan,
    PlannedCell,
    anew,
    compare,
    plan_again,
)
from clusterer.domain.clusters import (
    Cluster,
    FrozenDeals,
    by_item,
    form,
    frozen_deals,
    name_of,
    too_few,
    unplaced,
)
from clusterer.domain.partition import Base, GivenUp, Partition, Stored

__all__ = [
    "Base",
    "Cell",
    "CellCluster",
    "CellResult",
    "Changes",
    "Cluster",
    "FrozenDeals",
    "GivenUp",
    "Partition",
    "Plan",
    "PlannedCell",
    "Stored",
    "anew",
    "by_item",
    "compare",
    "form",
    "frozen_deals",
    "name_of",
    "plan_again",
    "too_few",
    "unplaced",
]
