"""Collects the evidence of a run of ranking data: rows in one consistent look, objects by their sha256."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from asyncpg import Record as Row

from cli.connections import Connection, Store
from cli.domain.evidence import BrokenObject, Named, OutcomeRow, grown
from cli.gathering import Objects
from cli.gathering_rows import REVISION, counts_of, gather_any
from cli.ranking.evidence import RankingEvidence
from cli.ranking.material import Material, Shard, is_graph
from cli.ranking.results import brief_of, named, query_sets_of, rows_of
from contracts import InvalidEvent
from contracts.deals import Snapshot
from contracts.ranking import RankingBrief
from contracts.ranking_data import RankingOutcome
from contracts.ranking_report import RankingReport
from contracts.runs import Cost
from ranking.files import read_records
from ranking.record import Record

if TYPE_CHECKING:  # numpy, which no other command waits for
    from ranking.candidate import Collection

RUN = f"""
select brief, ground, drawn, dataset, report, outcome, status, counts, cost, finished_at
from read.ranking_runs_v1 {REVISION}
"""


async def gather_rows(views: Connection, tenant: str, run_id: str, revision: int) -> RankingEvidence:
    run = (tenant, run_id, revision)
    row = await views.fetchrow(RUN, *run)
    known = await gather_any(views, *run, _outcome(row))
    if row is None:
        return grown(RankingEvidence, known)
    return grown(
        RankingEvidence,
        known,
        brief=brief_of(row["brief"]),
        drawn=tuple(row["drawn"]),
        ground_row=named(row["ground"]),
        dataset_row=named(row["dataset"]),
        report_row=named(row["report"]),
        query_sets=await query_sets_of(views, *run),
        rows=await rows_of(views, *run),
    )


async def gather(views: Connection, store: Store, tenant: str, run_id: str, revision: int) -> RankingEvidence:
    async with views.transaction(isolation="repeatable_read", readonly=True):
        seen = await gather_rows(views, tenant, run_id, revision)
    return await RankingObjects(store).completed(seen)


class RankingObjects(Objects):
    """Those of a run of ranking data."""

    async def completed(self, seen: RankingEvidence) -> RankingEvidence:
        snapshot = await self.manifest("snapshot", seen.snapshot_row, Snapshot)
        outcome = await self.outcome(seen)
        material = await self.material(snapshot, seen.brief) if snapshot and seen.brief else None
        if seen.ground_row:
            await self.body("ground", seen.ground_row)
        existing = seen.brief.existing if seen.brief else None
        files, answers = await self.calls(seen)
        return replace(
            seen,
            snapshot=snapshot,
            outcome=outcome,
            report=await self.manifest("report", seen.report_row, RankingReport),
            records=await self.records("dataset", seen.dataset_row),
            existing=await self.records("existing records", Named.of(existing) if existing else None) or (),
            shards=material.ids if material else (),
            collection=await self.collection(material, seen) if material else None,
            files=files,
            answers=answers,
            broken=tuple(self.broken),
            objects_read=self.read,
        )

    async def outcome(self, seen: RankingEvidence) -> RankingOutcome | None:
        row = seen.outcome_row.outcome if seen.outcome_row else None
        outcome = await self.manifest("outcome", row, RankingOutcome)
        if outcome is not None:
            self.chain("outcome", outcome.snapshot, seen.snapshot_row)
            self.chain("outcome", outcome.dataset, seen.dataset_row)
            self.chain("outcome", outcome.report, seen.report_row)
        return outcome

    async def material(self, snapshot: Snapshot, brief: RankingBrief) -> Material:
        """What is missing or damaged of it is empty."""
        shards = []
        for shard in snapshot.shards:
            bodies = await self.body("shard", Named.of(shard.bodies))
            vectors = await self.body("shard", Named.of(shard.vectors))
            shards.append(Shard(bodies or b"", vectors or b""))
        return Material(is_graph(brief), tuple(shards), snapshot.model)

    async def records(self, what: str, row: Named | None) -> tuple[Record, ...] | None:
        body = await self.body(what, row) if row else None
        if body is None or row is None:
            return None
        try:
            return read_records(body, row.key)
        except InvalidEvent as error:
            self.broken.append(BrokenObject(row.key, what, error.words))
            return None

    async def collection(self, material: Material, seen: RankingEvidence) -> "Collection | None":
        """None: what is broken has been told of already, or it is here."""
        if any(broken.what == "shard" for broken in self.broken) or seen.snapshot_row is None:
            return None
        try:
            return await asyncio.to_thread(material.collection)
        except (InvalidEvent, ValueError) as error:  # numpy says the latter of what is no vectors
            words = f"its candidates cannot be read: {error}"
            self.broken.append(BrokenObject(seen.snapshot_row.key, "snapshot", words))
            return None


def _outcome(row: Row | None) -> OutcomeRow | None:
    if row is None or row["finished_at"] is None:
        return None
    cost = Cost.model_validate(row["cost"] or {}, extra="ignore")
    return OutcomeRow(
        row["status"], counts_of(row["counts"]), cost, named(row["outcome"]), row["finished_at"]
    )
