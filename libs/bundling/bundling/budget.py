"""How many objectives fit a run's time, and how much of it one combo may take."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bundling.bundle import BundleType, Objective

COMBOS_PER_OBJECTIVE: Final = 1.5  # the mean of TYPES
LEAST_OBJECTIVES, MOST_OBJECTIVES = 2, 6  # below: nothing to choose from; above: quality is diluted
FIRST_COST_MS: Final = 1500.0  # of a combo of a store that had no run yet: that of a store in its first week
WEIGHT: Final = 0.2  # of a new observation
REMEMBERED_RUNS: Final = 50  # the count stops here: by then what was first weighs 0.00001
FAIR_SHARES: Final = 2.0  # so much of its fair share of what is left a combo may take
TYPES: Final[Mapping[Objective, tuple[BundleType, ...]]] = {
    "margin_guard": ("FBT", "FIXED"),
    "clear_slow_movers": ("FIXED", "MIX_MATCH"),
    "increase_aov": ("FBT", "MIX_MATCH"),
    "new_launch": ("FBT",),
    "seasonal_promo": ("MIX_MATCH",),
    "category_bundle": ("FIXED", "MIX_MATCH"),
    "gift_box": ("FIXED",),
    "subscription_push": ("FIXED",),
}


@dataclass(frozen=True, slots=True)
class Combo:
    """An objective pursued by one type of bundles."""

    objective: Objective
    kind: BundleType


@dataclass(frozen=True, slots=True)
class Rolled:
    """What a combo takes, over so many runs."""

    cost_ms: float
    runs: int


def combos(objectives: Sequence[Objective]) -> tuple[Combo, ...]:
    """In the order of the objectives."""
    return tuple(Combo(objective, kind) for objective in objectives for kind in TYPES[objective])


def objectives_within(target_ms: float, cost_per_combo_ms: float) -> int:
    cost = max(cost_per_combo_ms, 1e-3) * COMBOS_PER_OBJECTIVE
    fit = math.floor(min(target_ms / cost, MOST_OBJECTIVES))
    return max(LEAST_OBJECTIVES, fit)


def rolled(before: Rolled | None, observed_ms: float) -> Rolled:
    """An exponential average: what is older than 50 runs weighs next to nothing."""
    if before is None:
        return Rolled(observed_ms, 1)
    cost = WEIGHT * observed_ms + (1 - WEIGHT) * before.cost_ms
    return Rolled(cost, min(before.runs + 1, REMEMBERED_RUNS))


def allotted_seconds(left_seconds: float, combos_left: int) -> float:
    """Of the next combo. Whatever one takes, all others come to their turn before the time is over."""
    return min(left_seconds, FAIR_SHARES * left_seconds / max(1, combos_left + 1))
