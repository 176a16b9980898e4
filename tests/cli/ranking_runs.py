"""A run of ranking data of a small graph, as its stages would have left it: objects, and what views show."""

import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self, cast

import numpy as np

from cli import gathering_rows
from cli.connections import Connection
from cli.ranking import gathering, results
from cli.ranking.evidence import RankingEvidence
from cli.ranking.gathering import gather
from cli.ranking.results import RankingData, RankingResult, data_of, result_of
from cli.reading import RunRow
from contracts import Entity, Reference
from contracts.deals import Snapshot, SnapshotShard
from contracts.ranking import GraphNode, RankingBrief, RankingSettings
from contracts.ranking_data import FailedQueries, RankingOutcome
from contracts.runs import Cost, Counts
from objects import MemoryObjects, put_content
from ranking.accounting import placed_and_left
from ranking.assembling import Dataset, assemble
from ranking.candidate import Collection, Vectors
from ranking.drawing import drawn
from ranking.files import rendered
from ranking.graph.building import collection
from ranking.graph.reading import lines
from ranking.query import Query
from ranking.record import Record

RUN_ID = "RUN_20261121T031500Z_0123abcd"
AT = datetime(2026, 11, 21, 3, 15, tzinfo=UTC)
SETTINGS = RankingSettings(num_clusters=6, queries_per_cluster=2, seed=5)
SECTORS = ("Healthcare", "Software", "Logistics", "Education", "Energy", "Food", "Travel", "Insurance")
WORDS = ("clinics", "servers", "warehouses", "schools", "turbines", "bakeries", "hotels", "claims")
FAILED = "P3"  # nobody could write queries about it


@dataclass
class Stored:
    """`rows`: what views show, by query."""

    store: MemoryObjects = field(default_factory=MemoryObjects)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def views(self) -> Connection:
        return cast("Connection", self)

    async def fetch(self, query: str, *_values: object) -> list[dict[str, Any]]:
        return self.rows.get(query, [])

    async def fetchrow(self, query: str, *_values: object) -> dict[str, Any] | None:
        return next(iter(self.rows.get(query, [])), None)

    async def fetchval(self, query: str, *_values: object) -> object:
        return next(iter((await self.fetchrow(query) or {}).values()), None)

    @asynccontextmanager
    async def transaction(self, **_how: object) -> AsyncIterator[None]:
        yield

    async def evidence(self) -> RankingEvidence:
        return await gather(self.views, self.store, "main", RUN_ID, 1)

    async def keep(self, value: Entity) -> Reference:
        return await put_content(self.store, "main/ranking", value.canonical(), count=1)

    @classmethod
    async def of(cls, existing: tuple[Record, ...] = ()) -> Self:
        stored = cls()
        await fill(stored, existing)
        return stored


def nodes() -> tuple[GraphNode, ...]:
    return tuple(
        node
        for number, (sector, word) in enumerate(zip(SECTORS, WORDS, strict=True))
        for node in (_node(f"P{number}", sector, word), *_add_ons(number, sector, word))
    )


def _node(node_id: str, sector: str, word: str) -> GraphNode:
    return GraphNode(
        node_id=node_id,
        kind="platform",
        name=f"Platform {node_id}",
        sectors=(sector,),
        regions=("DACH",),
        snippet=f"Runs {word} of every size under the roof {node_id}.",
    )


def _add_ons(number: int, sector: str, word: str) -> list[GraphNode]:
    return [
        GraphNode(
            node_id=f"P{number}/A{place}",
            kind="add_on",
            name=f"Add-on {number} {place}",
            sectors=(sector,),
            regions=("DACH",),
            attributes=(f"employees: {number * 10 + place}", f"founded: {1950 + number * 7 + place}"),
            snippet=f"Sells {word} to buyers number {number * 31 + place}.",
            links=(f"P{number}",),
        )
        for place in range(3)
    ]


def vectors(some: tuple[GraphNode, ...]) -> Vectors:
    """A direction for each platform, and some chance."""
    chance = np.random.default_rng(3)
    found = chance.normal(0, 0.12, (len(some), len(SECTORS))).astype(np.float32)
    for row, node in enumerate(some):
        found[row, int(node.node_id[1])] += 1
    return found


def queries_of(cluster_id: str) -> list[Query]:
    word = WORDS[int(cluster_id[1])]
    texts = (f"who runs many {word}", f"sellers of {word} near us", word)
    return [Query(cluster_id, text, "model", f"key of {cluster_id}") for text in texts]


def made(existing: tuple[Record, ...] = ()) -> tuple[Collection, list[Query], Dataset, tuple[str, ...]]:
    there = collection(nodes(), vectors(nodes()), "test")
    chosen = drawn(there.clusters, SETTINGS.num_clusters, SETTINGS.seed)
    ids = tuple(one.cluster_id for one in chosen)
    queries = [query for one in ids if one != FAILED for query in queries_of(one)]
    asked = np.eye(len(SECTORS), dtype=np.float32)[[int(query.cluster_id[1]) for query in queries]]
    done = assemble(there, chosen, queries, asked, SETTINGS, source="graph", existing=existing)
    return there, queries, done, ids


async def fill(stored: Stored, existing: tuple[Record, ...]) -> None:
    there, queries, done, ids = made(existing)
    failed = (FailedQueries(cluster_id=FAILED, code="bad_answer"),)
    told = placed_and_left(there, done.records, frozenset(ids), frozenset({FAILED}))
    outcome = RankingOutcome(
        snapshot=await _snapshot(stored),
        dataset=await _records(stored, done.records),
        report=await stored.keep(done.report),
        placed=told.placed,
        failed=told.failed,
        excluded=told.excluded,
        failed_clusters=failed,
    )
    brief = RankingBrief(settings=SETTINGS, existing=await _records(stored, existing) if existing else None)
    row = await _row(stored, brief, outcome, ids)
    row["counts"] = _counts(outcome, done).model_dump()
    stored.rows = _rows(row, queries, done)


async def _row(
    stored: Stored, brief: RankingBrief, outcome: RankingOutcome, ids: tuple[str, ...]
) -> dict[str, Any]:
    ground = await put_content(stored.store, "main/ranking", b"{}", count=0)
    named = outcome.model_dump(include={"snapshot", "dataset", "report"})
    return named | {
        "brief": brief.model_dump(mode="json"),
        "ground": ground.model_dump(),
        "drawn": list(ids),
        "outcome": (await stored.keep(outcome)).model_dump(),
        "status": "completed_with_failures",
        "cost": Cost().model_dump(),
        "finished_at": AT,
    }


def _counts(outcome: RankingOutcome, done: Dataset) -> Counts:
    return Counts(
        placed=len(outcome.placed),
        failed=len(outcome.failed),
        excluded=len(outcome.excluded),
        clusters=SETTINGS.num_clusters,
        failed_clusters=len(outcome.failed_clusters),
        queries=done.report.queries.kept,
        positives=done.report.positives,
        negatives=done.report.negatives,
    )


def _rows(row: dict[str, Any], queries: list[Query], done: Dataset) -> dict[str, list[dict[str, Any]]]:
    sets: dict[str, dict[str, Any]] = {}
    for query in queries:
        one = {"cluster_id": query.cluster_id, "prompt": query.prompt, "made_by": "model", "queries": []}
        sets.setdefault(query.cluster_id, one)["queries"].append(query.text)
    names = results.RecordRow.__slots__
    records = [results.RecordRow.of(number, one) for number, one in enumerate(done.records)]
    snapshot = row["snapshot"]
    return {
        gathering.RUN: [row],
        results.RUN: [row],
        results.QUERIES: list(sets.values()),
        results.RECORDS: [{name: getattr(one, name) for name in names} for one in records],
        gathering_rows.LEDGER: [{"status": row["status"], "counts": row["counts"], "words": ""}],
        gathering_rows.FROZEN: [{"key": snapshot["key"], "sha256": snapshot["sha256"]}],
        gathering_rows.EVENTS: [
            {"event_id": topic, "topic": topic, "entity": RUN_ID, "conflicts": 0}
            for topic in ("ranking_data.generated.v1", "run.finished.v1")
        ],
    }


async def _snapshot(stored: Stored) -> Reference:
    some = tuple(sorted(nodes(), key=lambda node: node.node_id))
    order = {node.node_id: row for row, node in enumerate(nodes())}
    matrix = vectors(nodes())[[order[node.node_id] for node in some]]
    bodies = await put_content(stored.store, "main/bodies", lines(some), count=len(some), suffix=".jsonl")
    kept = await put_content(stored.store, "main/vectors", npy(matrix), count=len(some), suffix=".npy")
    return await stored.keep(
        Snapshot(items=len(some), shards=(SnapshotShard(bodies=bodies, vectors=kept),), model="test")
    )


def npy(matrix: Vectors) -> bytes:
    file = io.BytesIO()
    np.save(file, matrix, allow_pickle=False)
    return file.getvalue()


async def _records(stored: Stored, records: tuple[Record, ...]) -> Reference:
    return await put_content(stored.store, "main/ranking", rendered(records), count=len(records))


def run_row(**changes: Any) -> RunRow:
    known: Mapping[str, Any] = {
        "tenant": "main",
        "run_id": RUN_ID,
        "revision": 1,
        "kind": "ranking_data",
        "status": "completed_with_failures",
        "requested_at": AT,
        "finished_at": AT,
        "items": len(nodes()),
        "counts": Counts(placed=9, failed=4, excluded=3, failed_clusters=1),
        "cost": Cost(),
        "settings": SETTINGS.model_dump(mode="json"),
        "words": "",
    }
    return RunRow(**{**known, **changes})


async def whole(stored: Stored) -> tuple[RankingResult, RankingData]:
    """What the run came to, as the commands read it."""
    result = await result_of(stored.views, run_row())
    assert result is not None
    data = await data_of(stored.store, run_row(), result)
    assert data is not None
    return result, data
