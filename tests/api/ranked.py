"""Runs of ranking data, as the ranker leaves them."""

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Final

from contracts import Reference
from contracts.ranking import RankingSettings
from contracts.ranking_report import Proof, RankingReport
from objects import open_objects, put_content
from ranking.files import rendered
from ranking.record import Record
from tests.api.world import Home, Rows

RUN: Final = """
insert into ranker.ranking_run (tenant, run_id, revision, frozen, drawn, finished, generated, created_at)
values ($1, $2, $3, '{}', $4, $5::jsonb, $6::jsonb, now() - interval '1 minute')
"""
QUERIES: Final = """
insert into ranker.query_set (tenant, run_id, revision, cluster_id, prompt, made_by, queries)
values ($1, $2, $3, $4, 'key', 'model', $5)
"""
MEMBER: Final = """
insert into ranker.member (tenant, run_id, revision, member_id, expected, state, made_by, code, words)
values ($1, $2, $3, 'ask/' || $4, true, $5, 1, $6, $7)
"""
RECORD: Final = """
insert into ranker.record (tenant, run_id, revision, number, query, candidate_id, cluster_id, grade, reason,
                           split, made_by, label)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
RECORDS: Final = (
    Record("dental add-ons", "add-1", "P1", 3, "same_package", "train", "model", "key"),
    Record("dental add-ons", "add-2", "P1", 2, "same_cluster", "train", "model", "key"),
    Record("dental add-ons", "add-3", "P1", 0, "other", "train", "model", "key"),
    Record("heating in the north", "add-3", "P2", 3, "same_package", "test", "model", "key"),
    Record("heating in the north", "add-1", "P2", 1, "same_region", "test", "model", "key"),
)
REPORT: Final = RankingReport(
    seed=7,
    source="graph",
    model="hash-64",
    settings=RankingSettings(num_clusters=3),
    clusters=4,
    drawn=("P1", "P2", "P3"),
    records=5,
    positives=3,
    negatives=2,
    proof=Proof(queries=2, negatives=2, pairs=3),
)


@dataclass(frozen=True, slots=True)
class Made:
    """What a run left in the object store."""

    dataset: Reference
    report: Reference


async def began(rows: Rows, run: str) -> None:
    """Three clusters are drawn; of one queries are written."""
    await rows.owner.execute(RUN, rows.tenant, run, 1, ["P1", "P2", "P3"], None, None)
    for cluster, state in (("P1", "done"), ("P2", "pending"), ("P3", "pending")):
        await rows.owner.execute(MEMBER, rows.tenant, run, 1, cluster, state, None, None)


async def ended(rows: Rows, home: Home, run: str, records: Sequence[Record] = RECORDS) -> Made:
    """Of two clusters queries were written, of the third nobody could."""
    counts = {"placed": 3, "excluded": 1, "queries": 2, "positives": 3, "negatives": 2}
    await rows.seen(run, status="completed_with_failures", kind="ranking_data", items=4, counts=counts)
    made = await _kept(rows, home, records)
    told = json.dumps({"dataset": made.dataset.model_dump(), "report": made.report.model_dump()})
    key = (rows.tenant, run, 1)
    over = json.dumps({"status": "completed_with_failures"})
    await rows.owner.execute(RUN, *key, ["P3", "P1", "P2"], over, told)
    await rows.owner.execute(QUERIES, *key, "P1", ["dental add-ons", "dental"])
    await rows.owner.execute(QUERIES, *key, "P2", ["heating in the north"])
    for cluster, state, code in (("P1", "done", None), ("P2", "done", None), ("P3", "failed", "llm_answer")):
        words = "the model answered with prose" if code else None
        await rows.owner.execute(MEMBER, *key, cluster, state, code, words)
    for number, record in enumerate(records):
        await rows.owner.execute(RECORD, *key, number, *astuple(record)[:7], record.label)
    return made


async def _kept(rows: Rows, home: Home, records: Sequence[Record]) -> Made:
    store, folder = open_objects(home.objects), f"{rows.tenant}/ranking"
    return Made(
        await put_content(store, folder, rendered(records), count=len(records)),
        await put_content(store, folder, REPORT.canonical(), count=1),
    )
