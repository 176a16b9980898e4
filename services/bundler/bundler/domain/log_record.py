"""The log record of a run: what was weighed, tried, rejected and chosen."""

from collections.abc import Mapping

from contracts.bundles import BundleType, Objective
from contracts.event import Entity


class ObjectiveSelection(Entity):
    benefit: float
    confidence: float
    priority: float
    rank: int
    selected: bool


class TimeBudget(Entity):
    target_ms: int
    limit_ms: int
    rolling_cost_per_combo_ms: float
    max_objectives: int
    actual_duration_ms: int
    deadline_hit: bool


class ComboEvaluated(Entity):
    objective: Objective
    type: BundleType
    candidates: int
    duration_ms: int
    complete: bool
    crashed: bool = False


class Mining(Entity):
    orders: int
    lines: int
    baskets_cut: int = 0
    pairs_lost_to_cut: int = 0
    pairs: int = 0
    associations: int = 0
    trust: float = 0
    complete: bool = True


class DiversitySelection(Entity):
    candidates_after_gates: int
    mmr_lambda: float
    final_bundle_count: int
    mean_similarity: float
    mean_similarity_without_mmr: float


class CategoryMetrics(Entity):
    """Of the bundles whose anchor is in the category; the category is null where it has none."""

    category: str | None
    orders: int
    alpha: float
    beta: float
    candidates: int
    bundles: int


class GenerationRecord(Entity):
    csv_upload_id: str | None
    store: str
    as_of: str | None
    cold_start: bool
    objective_selection: Mapping[str, ObjectiveSelection]
    time_budget: TimeBudget
    combos_evaluated: tuple[ComboEvaluated, ...]
    mining: Mining
    policy_gates: Mapping[str, int]
    diversity_selection: DiversitySelection
    categories: tuple[CategoryMetrics, ...]
