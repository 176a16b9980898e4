"""Bundles are asked for."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from cli.asking import with_product_ids
from cli.connections import open_views, publish
from cli.domain.overrides import settings_of
from cli.environment import operator
from cli.errors import CliError
from contracts.bundles import BundlesRequested
from contracts.bundling import BundleSettings
from contracts.order import DEFAULT_STORE
from contracts.run_ids import run_id

FRESH = """
select coalesce(max((settings #>> '{llm,fresh}')::int), 0) from read.runs_v1
where tenant = $1 and kind = 'bundles'
"""
UPLOAD = "select store, refused from read.uploads_v1 where tenant = $1 and csv_upload_id = $2"


@dataclass(frozen=True, slots=True)
class BundleWish:
    """A request in the user's words. Wanted None: every product that is offered, or all of the upload."""

    tenant: str
    store: str = DEFAULT_STORE
    upload: UUID | None = None
    wanted: list[str] | None = None
    as_of: datetime | None = None
    settings: Sequence[str] = ()
    budget: float | None = None
    wait: float = 30
    fresh: bool = False


async def ask(wish: BundleWish) -> BundlesRequested:
    """Ask for it; returns what was asked."""
    asked = BundlesRequested(
        tenant=wish.tenant,
        run_id=run_id(datetime.now(UTC), secrets.token_hex(4)),
        store=await _store(wish),
        csv_upload_id=wish.upload,
        as_of=wish.as_of,
        settings=await _settings(wish),
        wait_seconds=wish.wait,
        budget_usd=wish.budget,
        by=operator(),
    )
    asked = await with_product_ids(asked, wish.wanted)
    await publish(asked)
    return asked


async def _store(wish: BundleWish) -> str:
    """An upload names its store; one that was refused is of no use."""
    if wish.upload is None:
        return wish.store
    async with open_views() as views:
        row = await views.fetchrow(UPLOAD, wish.tenant, wish.upload)
    if row is None:
        return wish.store  # it may be on its way: the run waits for it
    if row["refused"]:
        raise CliError(f"upload {wish.upload} was refused: {row['refused']}")
    return str(row["store"])


async def _settings(wish: BundleWish) -> BundleSettings:
    settings = settings_of(BundleSettings, wish.settings)
    if not wish.fresh:
        return settings
    async with open_views() as views:
        used = await views.fetchval(FRESH, wish.tenant)
    return settings.model_copy(update={"llm": settings.llm.model_copy(update={"fresh": used + 1})})
