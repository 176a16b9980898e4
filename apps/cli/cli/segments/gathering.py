"""Collects the evidence of a segmentation: rows in one consistent look, objects by their sha256."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from asyncpg import Record

from cli.connections import Connection, Store
from cli.domain.evidence import Named, OutcomeRow, grown
from cli.gathering import Objects
from cli.gathering_rows import REVISION, counts_of, gather_any
from cli.segments.evidence import Call, SegmentEvidence, Taxonomy
from contracts import Entity
from contracts.deals import Snapshot
from contracts.event import loads
from contracts.runs import Cost
from contracts.segmentation import Segmentation, SegmentationOutcome
from contracts.segmenting import (
    BatchAsked,
    BatchTaxonomy,
    MergeAsked,
    MergedTaxonomy,
    Phase,
    RefineAsked,
    RefinedBatch,
)

KINDS: Mapping[Phase, tuple[type[Entity], type[Entity]]] = {
    "segmentation": (BatchAsked, BatchTaxonomy),
    "consolidate_taxonomy": (MergeAsked, MergedTaxonomy),
    "refine_assignments": (RefineAsked, RefinedBatch),
}

RUN = f"""
select status, counts, cost, segmentation, outcome, finished_at from read.segmentation_runs_v1 {REVISION}
"""
PRODUCTS = f"select upstream_id from read.segmentation_products_v1 {REVISION}"
STEPS = f"""
select phase, number, state, made_by, repaired, rolled_back, input, result
from read.segmentation_steps_v1 {REVISION} order by phase, number
"""
TAXONOMIES = f"""
select id as taxonomy_id, category_id, category_name, kind, product_count, segment_id::text
from read.product_taxonomies_v1 {REVISION}
"""
FIRST = f"select upstream_id, taxonomy_id from read.product_segments_v1 {REVISION}"
REFINED = f"select upstream_id, taxonomy_id from read.refined_product_segments_v1 {REVISION}"


async def gather_rows(views: Connection, tenant: str, run_id: str, revision: int) -> SegmentEvidence:
    run = (tenant, run_id, revision)
    row = await views.fetchrow(RUN, *run)
    return grown(
        SegmentEvidence,
        await gather_any(views, *run, _outcome(row)),
        segmentation_row=_reference(row["segmentation"]) if row else None,
        products=frozenset(one["upstream_id"] for one in await views.fetch(PRODUCTS, *run)),
        calls=tuple(_call(one) for one in await views.fetch(STEPS, *run)),
        taxonomies={one["taxonomy_id"]: Taxonomy(**dict(one)) for one in await views.fetch(TAXONOMIES, *run)},
        first=_assignment(await views.fetch(FIRST, *run)),
        refined=_assignment(await views.fetch(REFINED, *run)),
    )


async def gather(views: Connection, store: Store, tenant: str, run_id: str, revision: int) -> SegmentEvidence:
    async with views.transaction(isolation="repeatable_read", readonly=True):
        seen = await gather_rows(views, tenant, run_id, revision)
    return await SegmentObjects(store).completed(seen)


class SegmentObjects(Objects):
    """Those of a segmentation."""

    async def completed(self, seen: SegmentEvidence) -> SegmentEvidence:
        snapshot = await self.manifest("snapshot", seen.snapshot_row, Snapshot)
        segmentation = await self.manifest("segmentation", seen.segmentation_row, Segmentation)
        named = seen.outcome_row.outcome if seen.outcome_row else None
        outcome = await self.manifest("outcome", named, SegmentationOutcome)
        self.chain("segmentation", segmentation.snapshot if segmentation else None, seen.snapshot_row)
        self.chain("outcome", outcome.segmentation if outcome else None, seen.segmentation_row)
        shards = await self.shards(snapshot, product_ids) if snapshot else ()
        calls = await asyncio.gather(*map(self._completed, seen.calls))
        files, answers = await self.calls(seen)
        return replace(
            seen,
            snapshot=snapshot,
            segmentation=segmentation,
            outcome=outcome,
            shards=shards,
            calls=tuple(calls),
            files=files,
            answers=answers,
            broken=tuple(self.broken),
            objects_read=self.read,
        )

    async def _completed(self, call: Call) -> Call:
        asked, answered = KINDS[call.phase]
        return replace(
            call,
            asked=await self.manifest(f"what {call.name} was asked", call.input, asked),
            answered=await self.manifest(f"what {call.name} came to", call.result, answered),
        )


def product_ids(bodies: bytes) -> tuple[str, ...]:
    """Of a shard, in its order."""
    return tuple(str(loads(line)["product_id"]) for line in bodies.splitlines() if line.strip())


def _outcome(row: Record | None) -> OutcomeRow | None:
    if row is None or row["finished_at"] is None:
        return None
    cost = Cost.model_validate(row["cost"] or {}, extra="ignore")
    outcome = _reference(row["outcome"])
    return OutcomeRow(row["status"], counts_of(row["counts"]), cost, outcome, row["finished_at"])


def _reference(stored: dict[str, Any] | None) -> Named | None:
    return Named(stored["key"], stored["sha256"]) if stored else None


def _assignment(rows: list[Record]) -> dict[str, int]:
    return {row["upstream_id"]: row["taxonomy_id"] for row in rows}


def _call(row: Record) -> Call:
    asked = _reference(row["input"])
    assert asked is not None  # noqa: S101 - the column is not null
    return Call(
        phase=row["phase"],
        number=row["number"],
        state=row["state"],
        made_by=row["made_by"],
        repaired=row["repaired"],
        rolled_back=row["rolled_back"],
        input=asked,
        result=_reference(row["result"]),
    )
