"""Collects the evidence of a run of bundles: rows in one consistent look, objects by their sha256."""

from dataclasses import replace
from typing import Any

from asyncpg import Record

from cli.bundles.evidence import BundleEvidence
from cli.bundles.results import bundles_of
from cli.connections import Connection, Store
from cli.domain.evidence import Named, OutcomeRow, grown
from cli.gathering import Objects
from cli.gathering_rows import REVISION, counts_of, gather_any
from cli.segments.gathering import product_ids
from contracts.bundles import BundleOutcome
from contracts.deals import Snapshot
from contracts.runs import Cost

RUN = f"select status, counts, cost, orders, outcome, finished_at from read.bundle_runs_v1 {REVISION}"


async def gather_rows(views: Connection, tenant: str, run_id: str, revision: int) -> BundleEvidence:
    run = (tenant, run_id, revision)
    row = await views.fetchrow(RUN, *run)
    return grown(
        BundleEvidence,
        await gather_any(views, *run, _outcome(row)),
        orders_row=_named(row["orders"]) if row else None,
        bundles=await bundles_of(views, *run),
    )


async def gather(views: Connection, store: Store, tenant: str, run_id: str, revision: int) -> BundleEvidence:
    async with views.transaction(isolation="repeatable_read", readonly=True):
        seen = await gather_rows(views, tenant, run_id, revision)
    return await BundleObjects(store).completed(seen)


class BundleObjects(Objects):
    """Those of a run of bundles."""

    async def completed(self, seen: BundleEvidence) -> BundleEvidence:
        snapshot = await self.manifest("snapshot", seen.snapshot_row, Snapshot)
        named = seen.outcome_row.outcome if seen.outcome_row else None
        outcome = await self.manifest("outcome", named, BundleOutcome)
        self.chain("outcome", outcome.snapshot if outcome else None, seen.snapshot_row)
        shards = await self.shards(snapshot, product_ids) if snapshot else ()
        orders = await self.body("order book", seen.orders_row) if seen.orders_row else None
        files, answers = await self.calls(seen)
        return replace(
            seen,
            snapshot=snapshot,
            outcome=outcome,
            orders_are_there=orders is not None,
            shards=shards,
            files=files,
            answers=answers,
            broken=tuple(self.broken),
            objects_read=self.read,
        )


def _outcome(row: Record | None) -> OutcomeRow | None:
    if row is None or row["finished_at"] is None or row["counts"] is None:
        return None
    cost = Cost.model_validate(row["cost"] or {}, extra="ignore")
    return OutcomeRow(
        row["status"], counts_of(row["counts"]), cost, _named(row["outcome"]), row["finished_at"]
    )


def _named(stored: dict[str, Any] | None) -> Named | None:
    return Named(stored["key"], stored["sha256"]) if stored else None
