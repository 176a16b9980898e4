"""A segmentation is asked for."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cli.asking import with_product_ids
from cli.connections import open_views, publish
from cli.domain.overrides import settings_of
from cli.environment import operator
from contracts.products import SegmentationRequested
from contracts.run_ids import run_id
from contracts.segmentation import SegmentationSettings

FRESH = """
select coalesce(max((settings #>> '{llm,fresh}')::int), 0) from read.runs_v1
where tenant = $1 and kind = 'segmentation'
"""


@dataclass(frozen=True, slots=True)
class SegmentWish:
    """A request in the user's words. Wanted None: every product that is offered."""

    tenant: str
    category: str
    wanted: list[str] | None
    settings: Sequence[str] = ()
    budget: float | None = None
    wait: float = 0
    fresh: bool = False


async def ask(wish: SegmentWish) -> SegmentationRequested:
    """Ask for it; returns what was asked."""
    asked = SegmentationRequested(
        tenant=wish.tenant,
        run_id=run_id(datetime.now(UTC), secrets.token_hex(4)),
        category=wish.category,
        settings=await _settings(wish),
        wait_seconds=wish.wait,
        budget_usd=wish.budget,
        by=operator(),
    )
    asked = await with_product_ids(asked, wish.wanted)
    await publish(asked)
    return asked


async def _settings(wish: SegmentWish) -> SegmentationSettings:
    settings = settings_of(SegmentationSettings, wish.settings)
    if not wish.fresh:
        return settings
    async with open_views() as views:
        used = await views.fetchval(FRESH, wish.tenant)
    return settings.model_copy(update={"llm": settings.llm.model_copy(update={"fresh": used + 1})})
