"""What is asked for: a new run, or the next revision of one that there is."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from cli.connections import Connection, open_views, publish, store_list
from cli.domain.overrides import package_settings, with_fresh
from cli.domain.steering import no_revision
from cli.environment import operator
from cli.errors import CliError
from cli.reading import run_state
from contracts import Reference
from contracts.bundles import BundlesRequested
from contracts.deals import MAX_INLINE_IDS, Following, PackagesRequested
from contracts.products import SegmentationRequested
from contracts.run_ids import run_id
from contracts.settings import PackageSettings, Redo

P = TypeVar("P", SegmentationRequested, BundlesRequested)

MAX_INLINE_BYTES = 48 * 1024  # an event holds 64 kB; longer lists travel as an object

BASE = """
select settings, budget_usd, asked from read.frozen_v1
where tenant = $1 and run_id = $2 order by revision desc limit 1
"""

FRESH = """
select coalesce(max(greatest(
    (settings #>> '{packing,llm,fresh}')::int, (settings #>> '{enrichment,llm,fresh}')::int
)), 0) from read.runs_v1 where tenant = $1
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """A request in the user's words. Wanted None: all deals, or those of the base."""

    tenant: str
    wanted: list[str] | None
    settings: Sequence[str]
    budget: float | None
    wait: float
    fresh: bool = False
    resume: bool = True
    following: Following | None = None


async def ask(wish: Wish, base: str | None) -> PackagesRequested:
    """Ask for it; returns what was asked."""
    asked = await (_new(wish) if base is None else _next(wish, base))
    await publish(asked)
    return asked


async def request(
    tenant: str, wanted: list[str] | None, settings: PackageSettings, budget: float | None, wait: float
) -> PackagesRequested:
    """Ask for a new run with these settings."""
    asked = await _with_ids(_started(Wish(tenant, wanted, (), budget, wait), settings), wanted)
    await publish(asked)
    return asked


async def _new(wish: Wish) -> PackagesRequested:
    settings = package_settings(wish.settings)
    if wish.fresh:
        async with open_views() as views:
            used = await views.fetchval(FRESH, wish.tenant)
        settings = with_fresh(settings, used + 1, used + 1)
    return await _with_ids(_started(wish, settings), wish.wanted)


def _started(wish: Wish, settings: PackageSettings) -> PackagesRequested:
    return PackagesRequested(
        tenant=wish.tenant,
        run_id=run_id(datetime.now(UTC), secrets.token_hex(4)),
        settings=settings,
        budget_usd=wish.budget,
        wait_seconds=wish.wait,
        follow=wish.following,
        by=operator(),
    )


async def _next(wish: Wish, base: str) -> PackagesRequested:
    asked = await next_request(wish, base)
    return asked if wish.wanted is None else await _with_ids(asked, wish.wanted)


async def next_request(wish: Wish, base: str) -> PackagesRequested:
    """The next revision of the base, of the deals that the base asked for. Nothing is written."""
    async with open_views() as views:
        state = await run_state(views, wish.tenant, base)
        if reason := no_revision(state):
            raise CliError(reason)
        before = await _base(views, wish.tenant, state.run_id)
    found = PackageSettings.model_validate(before["settings"], extra="ignore")
    settings = package_settings(wish.settings, found)
    if wish.fresh:
        settings = with_fresh(settings, found.packing.llm.fresh + 1, found.enrichment.llm.fresh + 1)
    redo: Redo = "packaging" if wish.fresh or not wish.resume else "nothing"
    return PackagesRequested(
        tenant=wish.tenant,
        run_id=state.run_id,
        revision=state.revision + 1,
        settings=settings,
        budget_usd=before["budget_usd"] if wish.budget is None else wish.budget,
        wait_seconds=wish.wait,
        redo=redo,
        follow=wish.following,
        by=operator(),
        **_asked(before["asked"]),
    )


async def _base(views: Connection, tenant: str, known_run: str) -> dict[str, Any]:
    row = await views.fetchrow(BASE, tenant, known_run)
    if row is None:
        raise CliError(f"{known_run} never got its deals: ask anew with `assort run packages`")
    return dict(row)


def _asked(document: dict[str, Any]) -> dict[str, Any]:
    """What the base asked for, as fields of a request."""
    ids, listed = document.get("deal_ids"), document.get("deal_list")
    return {
        "deal_ids": None if ids is None else tuple(ids),
        "deal_list": None if listed is None else Reference.model_validate(listed),
    }


async def _with_ids(asked: PackagesRequested, wanted: list[str] | None) -> PackagesRequested:
    if wanted is None:
        return asked
    body = json.dumps(wanted, ensure_ascii=False).encode()
    if len(wanted) <= MAX_INLINE_IDS and len(body) <= MAX_INLINE_BYTES:
        return asked.model_copy(update={"deal_ids": tuple(wanted), "deal_list": None})
    reference = await store_list(f"{asked.tenant}/lists", body, len(wanted))
    return asked.model_copy(update={"deal_ids": None, "deal_list": reference})


async def with_product_ids(asked: P, wanted: list[str] | None) -> P:
    if wanted is None:
        return asked
    body = json.dumps(wanted, ensure_ascii=False).encode()
    if len(wanted) <= MAX_INLINE_IDS and len(body) <= MAX_INLINE_BYTES:
        return asked.model_copy(update={"product_ids": tuple(wanted)})
    reference = await store_list(f"{asked.tenant}/lists", body, len(wanted))
    return asked.model_copy(update={"product_list": reference})
