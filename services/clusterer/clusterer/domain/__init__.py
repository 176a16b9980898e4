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

__all__ = [
    "Cell",
    "CellCluster",
    "CellResult",
    "Changes",
    "Cluster",
    "FrozenDeals",
    "Plan",
    "PlannedCell",
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
