"""The log record of what a run did."""

from datetime import UTC, datetime

from bundler.domain.log_record import (
    CategoryMetrics,
    ComboEvaluated,
    DiversitySelection,
    GenerationRecord,
    Mining,
    ObjectiveSelection,
    TimeBudget,
)
from bundler.domain.records import Begun
from bundling.choosing import CategoryFigures, Choice
from bundling.generating import Ended, Explored
from bundling.shop import Shop


def record_of(
    begun: Begun, shop: Shop, explored: Explored, choice: Choice, spent_ms: int
) -> GenerationRecord:
    brief, plan = begun.brief, begun.plan
    return GenerationRecord(
        csv_upload_id=str(brief.csv_upload_id) if brief.csv_upload_id else None,
        store=brief.store,
        as_of=datetime.fromtimestamp(begun.as_of_ms / 1000, UTC).isoformat(),
        cold_start=choice.cold_start,
        objective_selection={
            one.objective: ObjectiveSelection(
                benefit=one.benefit,
                confidence=one.confidence,
                priority=one.priority,
                rank=one.rank,
                selected=one.selected,
            )
            for one in plan.objectives
        },
        time_budget=TimeBudget(
            target_ms=plan.target_ms,
            limit_ms=plan.limit_ms,
            rolling_cost_per_combo_ms=plan.rolling_cost_per_combo_ms,
            max_objectives=plan.max_objectives,
            actual_duration_ms=spent_ms,
            deadline_hit=len(explored.combos) < len(plan.combos)
            or not all(ended.complete or ended.crashed for ended, _ in explored.combos),
        ),
        combos_evaluated=tuple(_combo(ended, count) for ended, count in explored.combos),
        mining=Mining(
            orders=shop.book.orders,
            lines=shop.book.lines,
            baskets_cut=explored.mined.baskets_cut,
            pairs_lost_to_cut=explored.mined.pairs_lost_to_cut,
            pairs=explored.mined.pairs,
            associations=explored.mined.associations,
            trust=brief.settings.trust,
            complete=explored.mined.complete,
        ),
        policy_gates=choice.gated.counts,
        diversity_selection=DiversitySelection(
            candidates_after_gates=len(choice.gated.passed),
            mmr_lambda=brief.settings.mmr_lambda if brief.settings.diverse else 1.0,
            final_bundle_count=len(choice.chosen),
            mean_similarity=choice.selection.similarity,
            mean_similarity_without_mmr=choice.selection.similarity_by_score,
        ),
        categories=tuple(_category(one, shop) for one in choice.categories),
    )


def _combo(ended: Ended, candidates: int) -> ComboEvaluated:
    return ComboEvaluated(
        objective=ended.combo.objective,
        type=ended.combo.kind,
        candidates=candidates,
        duration_ms=round(ended.seconds * 1000),
        complete=ended.complete,
        crashed=ended.crashed,
    )


def _category(figures: CategoryFigures, shop: Shop) -> CategoryMetrics:
    return CategoryMetrics(
        category=shop.catalog.categories[figures.category] if figures.category >= 0 else None,
        orders=figures.orders,
        alpha=figures.weights.alpha,
        beta=figures.weights.beta,
        candidates=figures.candidates,
        bundles=figures.bundles,
    )
