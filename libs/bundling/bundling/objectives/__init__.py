"""What is worth pursuing in a store: benefit, confidence, and priority, which is both."""

from bundling.objectives.cutoffs import HIGH_MARGIN, slow_movers
from bundling.objectives.scoring import ObjectiveScore, score_objectives

__all__ = ["HIGH_MARGIN", "ObjectiveScore", "score_objectives", "slow_movers"]
