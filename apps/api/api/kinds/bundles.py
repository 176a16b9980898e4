"""Bundles: products to be sold together, by what a store's orders say."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from asyncpg import Record
from pydantic import BaseModel

from api import uploads
from api.kinds.bundle_shapes import (
    BundleResult,
    BundlesListed,
    BundlesResults,
    BundlesRuns,
    BundlesStarted,
    BundlesStatus,
    StartBundles,
)
from api.kinds.kind import Asked, Progress, Seen, list_or_inline, listed_fields, status_fields
from api.kinds.products import refuse_unpublished, unknown_products
from api.paging import NUMBERED, cursor_of, page, place_of
from api.runs import Run
from contracts.bundles import BundlesRequested
from contracts.runs import RunKind
from objects import ObjectStore
from runtime.work import Database

PROGRESS: Final = """
select r.frozen_at, b.created_at, b.status, b.brief from runs_v1 r
left join bundle_runs_v1 b using (tenant, run_id, revision)
where (r.tenant, r.run_id, r.revision) = ($1, $2, $3)
"""

ABOUT: Final = """
select store, as_of, record from bundle_runs_v1 where (tenant, run_id, revision) = ($1, $2, $3)
"""

BUNDLES: Final = """
select rank, name, description, named_by, bundle from bundles_v1
where (tenant, run_id, revision) = ($1, $2, $3) and rank > $4 order by rank limit $5
"""

NOTHING: Final = {"store": None, "as_of": None, "record": None}


class Bundles:
    name: ClassVar[RunKind] = "bundles"
    things: ClassVar[str] = "products"
    stages: ClassVar[Sequence[str]] = ("embedder", "bundler")
    start_model: ClassVar[type[BaseModel]] = StartBundles
    started_model: ClassVar[type[BaseModel]] = BundlesStarted
    status_model: ClassVar[type[BaseModel]] = BundlesStatus
    list_model: ClassVar[type[BaseModel]] = BundlesRuns
    results_model: ClassVar[type[BaseModel]] = BundlesResults

    async def refuse(self, views: Database, store: ObjectStore, tenant: str, body: StartBundles) -> None:
        if body.csv_upload_id is not None:
            upload = await uploads.usable(views, tenant, body.csv_upload_id, body.store)
            unknown = await uploads.missing(store, upload, body.product_ids or ())
            if unknown:
                words = f"{len(unknown)} of these products are not in the upload {upload.csv_upload_id}"
                raise unknown_products(unknown, f"{words}: leave them out")
        elif body.product_ids is not None:
            await refuse_unpublished(views, tenant, body.product_ids)

    async def ask(
        self, views: Database, store: ObjectStore, tenant: str, run_id: str, body: StartBundles
    ) -> Asked:
        ids = body.product_ids
        inline, listed = (None, None) if ids is None else await list_or_inline(store, tenant, ids)
        event = BundlesRequested(
            tenant=tenant,
            run_id=run_id,
            store=body.store,
            csv_upload_id=body.csv_upload_id,
            product_ids=inline,
            product_list=listed,
            as_of=body.as_of,
            settings=body.settings,
            wait_seconds=body.wait_seconds,
            budget_usd=body.budget_usd,
        )
        upload = str(body.csv_upload_id) if body.csv_upload_id else None
        detail = {"store": body.store, "csv_upload_id": upload}
        return Asked(event, None if ids is None else len(ids), detail)

    def started(self, run_id: str, total: int | None) -> BundlesStarted:
        return BundlesStarted(run_id=run_id, total_products=total)

    def listed(self, run: Run) -> BundlesListed:
        return BundlesListed.model_validate(listed_fields(run) | {"total_products": run.total})

    def status(self, seen: Seen) -> BundlesStatus:
        progress = seen.progress
        return BundlesStatus.model_validate(
            status_fields(seen) | {"total_products": progress.total, "processed_products": progress.processed}
        )

    async def progress(self, views: Database, tenant: str, run: Run) -> Progress:
        row = await views.fetchrow(PROGRESS, tenant, run.run_id, run.revision)
        total = run.total or 0
        if row is None:
            return Progress(total, 0, "over" if run.over else "waiting")
        chosen = row["status"] is not None
        steps, done = _steps(row)
        return Progress(total, total if run.over or chosen else 0, _phase(row, run), steps, done)

    async def results(
        self, views: Database, store: ObjectStore, tenant: str, run: Run, *, cursor: str | None, limit: int
    ) -> BundlesResults:
        after = place_of(cursor, NUMBERED)
        revision = (tenant, run.run_id, run.revision)
        about = dict(await views.fetchrow(ABOUT, *revision) or NOTHING)
        rows = await views.fetch(BUNDLES, *revision, after[0] if after else 0, limit + 1)
        shown, last = page(rows, limit)
        return BundlesResults(
            run_id=run.run_id,
            revision=run.revision,
            status=run.status,
            store=about["store"],
            as_of=about["as_of"],
            counts=run.counts,
            record=about["record"] if after is None else None,
            bundles=[bundle_result(row) for row in shown],
            next_cursor=cursor_of(last["rank"]) if last else None,
        )


def bundle_result(row: Record) -> BundleResult:
    about = {name: row[name] for name in ("rank", "name", "description", "named_by")}
    return BundleResult.model_validate(row["bundle"] | about, extra="ignore")


def _phase(row: Mapping[str, Any] | Record, run: Run) -> str:
    if run.over:
        return "over"
    if row["frozen_at"] is None:
        return "embedding"
    return "generating" if row["status"] is None else "describing"


def _steps(row: Mapping[str, Any] | Record) -> tuple[int, int]:
    """To freeze the products, to choose bundles, and to have them described if that is asked for."""
    describes = row["brief"] is not None and row["brief"]["settings"]["describe"]
    done = [row["frozen_at"] is not None, row["status"] is not None]
    return len(done) + describes, sum(done)
