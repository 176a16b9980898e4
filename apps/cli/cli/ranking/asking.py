"""Ranking data are asked for."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from cli.connections import open_views, publish, store_content
from cli.domain.overrides import settings_of
from cli.environment import operator
from cli.ranking.bringing import Brought, Content
from cli.ranking.sources import packages_run
from cli.reading import RunRow
from contracts import Reference
from contracts.ranking import RankingSettings
from contracts.ranking_data import RankingDataRequested
from contracts.run_ids import run_id

SEEDS: Final = 2**31  # one of them is drawn: short enough to be typed again

FRESH = """
select coalesce(max((settings #>> '{llm,fresh}')::int), 0) from read.runs_v1
where tenant = $1 and kind = 'ranking_data'
"""


@dataclass(frozen=True, slots=True)
class Chosen:
    settings: RankingSettings
    drawn: bool  # nobody has named a seed


@dataclass(frozen=True, slots=True)
class RankingWish:
    """A request in the user's words. Neither packages nor a graph: the packages that were finished last."""

    tenant: str
    settings: RankingSettings
    packages: str | None = None
    brought: Brought = field(default_factory=Brought)
    budget: float | None = None
    wait: float = 30
    fresh: bool = False


def chosen(words: Sequence[str], **flags: float | None) -> Chosen:
    """What flags say counts more than --set."""
    given = [f"{name}={json.dumps(value)}" for name, value in flags.items() if value is not None]
    settings = settings_of(RankingSettings, [*words, *given])
    if "seed" in settings.model_fields_set:
        return Chosen(settings, drawn=False)
    return Chosen(settings.model_copy(update={"seed": secrets.randbelow(SEEDS)}), drawn=True)


async def ask(wish: RankingWish) -> RankingDataRequested:
    """Ask for it; returns what was asked."""
    source = await _source(wish)
    settings = await _settings(wish)
    graph = await _kept(wish.brought.graph, f"{wish.tenant}/graphs", ".jsonl")
    existing = await _kept(wish.brought.existing, f"{wish.tenant}/ranking", ".json")
    asked = request_of(wish, settings, source, graph=graph, existing=existing)
    await publish(asked)
    return asked


def request_of(
    wish: RankingWish,
    settings: RankingSettings,
    source: RunRow | None,
    *,
    graph: Reference | None = None,
    existing: Reference | None = None,
) -> RankingDataRequested:
    return RankingDataRequested(
        tenant=wish.tenant,
        run_id=run_id(datetime.now(UTC), secrets.token_hex(4)),
        packages_run=source.run_id if source else None,
        packages_revision=source.revision if source else None,
        graph=graph,
        existing=existing,
        settings=settings,
        wait_seconds=wish.wait,
        budget_usd=wish.budget,
        by=operator(),
    )


async def _source(wish: RankingWish) -> RunRow | None:
    if wish.packages is None:
        return None
    async with open_views() as views:
        return await packages_run(views, wish.tenant, wish.packages)


async def _settings(wish: RankingWish) -> RankingSettings:
    if not wish.fresh:
        return wish.settings
    async with open_views() as views:
        used = await views.fetchval(FRESH, wish.tenant)
    llm = wish.settings.llm.model_copy(update={"fresh": used + 1})
    return wish.settings.model_copy(update={"llm": llm})


async def _kept(content: Content | None, folder: str, suffix: str) -> Reference | None:
    return await store_content(folder, content.body, content.count, suffix=suffix) if content else None
