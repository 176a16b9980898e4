"""Which day it is for a run, what it pursues, and into how many parts its orders are cut."""

import math
from dataclasses import dataclass

import numpy as np

from bundler.domain.planning import ObjectiveScored, Plan, PlannedCombo
from bundling.budget import FIRST_COST_MS, combos, objectives_within
from bundling.catalog import Catalog
from bundling.mining import PairShard, shards
from bundling.objectives import score_objectives
from bundling.orders import OrderBook
from bundling.shop import Shop
from contracts.bundling import BundlesBrief, BundleSettings

WITHOUT_A_DAY = 0


@dataclass(frozen=True, slots=True)
class Defaults:
    """Of this bundler."""

    shard_lines: int
    max_output_tokens: int
    model: str
    temperature: float


def as_of(brief: BundlesBrief, book: OrderBook, catalog: Catalog) -> int:
    """The day that is asked for, else that of the last order, else of the last launch; never the clock's."""
    if brief.as_of is not None:
        return round(brief.as_of.timestamp() * 1000)
    if book.orders:
        return int(book.placed_ms[-1])
    launches = catalog.launched_ms[~np.isnan(catalog.launched_ms)]
    return int(launches.max()) if len(launches) else WITHOUT_A_DAY


def begun_plan(shop: Shop, settings: BundleSettings, cost_ms: float | None) -> Plan:
    """`cost_ms`: what a combo of the store takes; None: it has had no run."""
    cost = FIRST_COST_MS if cost_ms is None else cost_ms
    count = settings.objectives or objectives_within(settings.target_ms, cost)
    scores = score_objectives(shop)
    wanted = [score.objective for score in scores if score.priority > 0][:count]
    return Plan(
        objectives=tuple(
            ObjectiveScored(
                objective=score.objective,
                benefit=score.benefit,
                confidence=score.confidence,
                priority=score.priority,
                rank=rank,
                selected=score.objective in wanted,
            )
            for rank, score in enumerate(scores, start=1)
        ),
        combos=tuple(PlannedCombo(objective=one.objective, type=one.kind) for one in combos(wanted)),
        target_ms=settings.target_ms,
        limit_ms=settings.limit_ms,
        rolling_cost_per_combo_ms=cost,
        max_objectives=count,
        replayed=settings.objectives is not None,
    )


def shards_of(shop: Shop, shard_lines: int) -> tuple[PairShard, ...]:
    """A giant store is counted in parts by several workers."""
    return shards(shop.sold_in, math.ceil(shop.book.lines / shard_lines))
