"""A bundle on its way from an idea to an offer."""

from dataclasses import dataclass, field
from typing import Literal

Objective = Literal[
    "margin_guard",
    "clear_slow_movers",
    "increase_aov",
    "new_launch",
    "seasonal_promo",
    "category_bundle",
    "gift_box",
    "subscription_push",
]
BundleType = Literal["FBT", "FIXED", "MIX_MATCH"]
Method = Literal[
    "association_rules",
    "co_purchase",
    "embedding_complement",
    "category_rule",
    "margin_rule",
    "semantic_price_banded",
    "category_diversity",
    "high_margin_curation",
]
COLD_METHODS = ("semantic_price_banded", "category_diversity", "high_margin_curation")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Of orders, for a bundle that follows from them. Bounds are those of a 95 % interval."""

    together: int = 0  # orders that hold all of it (of a pair: both)
    support: float = 0.0
    confidence: float = 0.0  # of the rest, given the anchor
    confidence_low: float = 0.0
    lift: float = 0.0
    lift_low: float = 0.0
    p_value: float = 1.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """Products by catalogue row, the anchor first. Scores are in [0, 1]."""

    rows: tuple[int, ...]
    objective: Objective
    kind: BundleType
    method: Method
    semantic: float = 0.0  # how well they go together by their texts: the alpha part
    data: float = 0.0  # how well by orders: the beta part
    business: float = 0.0  # how well it serves its objective: the gamma part
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def cold_start(self) -> bool:
        return self.method in COLD_METHODS
