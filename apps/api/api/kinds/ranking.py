"""Ranking data: labelled queries, of the packages of a run or of a graph of deals."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from asyncpg import Record
from pydantic import BaseModel

from api.kinds.kind import Asked, Progress, Seen, listed_fields, status_fields
from api.kinds.ranking_shapes import (
    ClusterQueries,
    RankingDataListed,
    RankingDataResults,
    RankingDataRuns,
    RankingDataStarted,
    RankingDataStatus,
    StartRankingData,
    WrittenQuery,
)
from api.paging import NAMED, cursor_of, page, place_of
from api.problems import Problem
from api.runs import Run
from contracts import Reference
from contracts.ranking import GraphNode
from contracts.ranking_data import RankingDataRequested
from contracts.ranking_report import RankingReport
from contracts.runs import RunKind
from objects import ObjectMissing, ObjectStore, get_content, put_content
from ranking.files import rendered
from ranking.graph.reading import lines
from ranking.shape import RecordShape
from runtime.work import Database

PROGRESS: Final = """
select l.frozen_at, r.created_at, r.status, coalesce(cardinality(r.drawn), 0) as drawn, (
    select count(*)::int from ranker_members_v1 m
    where (m.tenant, m.run_id, m.revision) = ($1, $2, $3)
      and m.member_id like 'ask/%' and m.state <> 'pending'
) as settled
from runs_v1 l left join ranking_runs_v1 r using (tenant, run_id, revision)
where (l.tenant, l.run_id, l.revision) = ($1, $2, $3)
"""

KEPT: Final = """
select dataset, report from ranking_runs_v1 where (tenant, run_id, revision) = ($1, $2, $3)
"""

EXISTING: Final = """
select dataset from ranking_runs_v1 where (tenant, run_id) = ($1, $2) and dataset is not null
order by revision desc limit 1
"""

CLUSTERS: Final = """
with kept as (
    select cluster_id, array_agg(distinct query) as queries from ranking_records_v1
    where (tenant, run_id, revision) = ($1, $2, $3) group by cluster_id
)
select d.cluster_id, q.made_by, coalesce(q.queries, '{}') as queries, coalesce(k.queries, '{}') as kept,
       case when q.cluster_id is null then coalesce(m.code, m.state, '') else '' end as code,
       coalesce(m.words, '') as words
from ranking_runs_v1 r cross join lateral unnest(r.drawn) as d (cluster_id)
left join ranking_queries_v1 q
    on (q.tenant, q.run_id, q.revision, q.cluster_id) = (r.tenant, r.run_id, r.revision, d.cluster_id)
left join ranker_members_v1 m
    on (m.tenant, m.run_id, m.revision, m.member_id)
        = (r.tenant, r.run_id, r.revision, 'ask/' || d.cluster_id)
left join kept k on k.cluster_id = d.cluster_id
where (r.tenant, r.run_id, r.revision) = ($1, $2, $3) and d.cluster_id collate "C" > $4
order by d.cluster_id collate "C" limit $5
"""


class RankingData:
    name: ClassVar[RunKind] = "ranking_data"
    things: ClassVar[str] = "candidates"
    stages: ClassVar[Sequence[str]] = ("embedder", "ranker")
    start_model: ClassVar[type[BaseModel]] = StartRankingData
    started_model: ClassVar[type[BaseModel]] = RankingDataStarted
    status_model: ClassVar[type[BaseModel]] = RankingDataStatus
    list_model: ClassVar[type[BaseModel]] = RankingDataRuns
    results_model: ClassVar[type[BaseModel]] = RankingDataResults

    async def refuse(self, views: Database, store: ObjectStore, tenant: str, body: StartRankingData) -> None:
        """Packages may come while the run waits for them."""

    async def ask(
        self, views: Database, store: ObjectStore, tenant: str, run_id: str, body: StartRankingData
    ) -> Asked:
        existing = await _existing(views, store, tenant, body)
        graph = None if body.graph is None else await _keep_graph(store, tenant, body.graph)
        event = RankingDataRequested(
            tenant=tenant,
            run_id=run_id,
            packages_run=body.packages_run,
            packages_revision=body.packages_revision,
            graph=graph,
            existing=existing,
            settings=body.settings,
            wait_seconds=body.wait_seconds,
            budget_usd=body.budget_usd,
        )
        detail = {"packages_run": body.packages_run, "existing": existing.count if existing else 0}
        return Asked(event, graph.count if graph else None, detail)

    def started(self, run_id: str, total: int | None) -> RankingDataStarted:
        return RankingDataStarted(run_id=run_id, total_candidates=total)

    def listed(self, run: Run) -> RankingDataListed:
        return RankingDataListed.model_validate(listed_fields(run) | {"total_candidates": run.total})

    def status(self, seen: Seen) -> RankingDataStatus:
        about = {
            "total_candidates": seen.run.total,
            "total_clusters": seen.progress.total,
            "processed_clusters": seen.progress.processed,
        }
        return RankingDataStatus.model_validate(status_fields(seen) | about)

    async def progress(self, views: Database, tenant: str, run: Run) -> Progress:
        row = await views.fetchrow(PROGRESS, tenant, run.run_id, run.revision)
        if row is None:
            return Progress(0, 0, "over" if run.over else "waiting")
        drawn, settled = row["drawn"], row["settled"]
        if row["created_at"] is None:
            return Progress(0, 0, _phase(row, run))
        ended = row["status"] is not None
        return Progress(drawn, settled, _phase(row, run), drawn + 1, settled + ended, row["created_at"])

    async def results(
        self,
        views: Database,
        store: ObjectStore,
        tenant: str,
        run: Run,
        *,
        cursor: str | None,
        limit: int,
    ) -> RankingDataResults:
        after = place_of(cursor, NAMED)
        revision = (tenant, run.run_id, run.revision)
        rows = await views.fetch(CLUSTERS, *revision, after[0] if after else "", limit + 1)
        shown, last = page(rows, limit)
        return RankingDataResults(
            run_id=run.run_id,
            revision=run.revision,
            status=run.status,
            counts=run.counts,
            report=await _report(views, store, tenant, run) if after is None else None,
            clusters=[_cluster(row) for row in shown],
            next_cursor=cursor_of(last["cluster_id"]) if last else None,
        )


async def kept(views: Database, tenant: str, run: Run, column: str) -> Reference | None:
    """Its dataset or its report; None: nothing was made."""
    row = await views.fetchrow(KEPT, tenant, run.run_id, run.revision)
    return Reference.model_validate(row[column], extra="ignore") if row and row[column] else None


async def content(store: ObjectStore, reference: Reference, run: Run) -> bytes:
    try:
        return await get_content(store, reference)
    except ObjectMissing as error:
        words = f"what {run.run_id} made is kept no more: start a new run, as it was asked for"
        raise Problem(404, "gone", words) from error


async def _report(views: Database, store: ObjectStore, tenant: str, run: Run) -> RankingReport | None:
    reference = await kept(views, tenant, run, "report")
    return None if reference is None else RankingReport.read(await content(store, reference, run))


async def _existing(
    views: Database, store: ObjectStore, tenant: str, body: StartRankingData
) -> Reference | None:
    if body.existing is not None:
        return await _keep_records(store, tenant, body.existing)
    if body.existing_run is None:
        return None
    found = await views.fetchval(EXISTING, tenant, body.existing_run)
    if found is None:
        words = f"no run {body.existing_run} has ranking data here: GET /api/ranking_data lists the runs"
        raise Problem(422, "unknown_records", f"{words}; nothing was started")
    return Reference.model_validate(found, extra="ignore")


async def _keep_graph(store: ObjectStore, tenant: str, nodes: Sequence[GraphNode]) -> Reference:
    body = await asyncio.to_thread(lines, nodes)
    return await put_content(store, f"{tenant}/graphs", body, count=len(nodes), suffix=".jsonl")


async def _keep_records(store: ObjectStore, tenant: str, shapes: Sequence[RecordShape]) -> Reference:
    body = await asyncio.to_thread(rendered, [shape.record() for shape in shapes])
    return await put_content(store, f"{tenant}/ranking", body, count=len(shapes))


def _cluster(row: Record) -> ClusterQueries:
    there = set(row["kept"])
    return ClusterQueries(
        cluster_id=row["cluster_id"],
        made_by=row["made_by"],
        queries=[WrittenQuery(query=text, kept=text in there) for text in row["queries"]],
        code=row["code"],
        words=row["words"],
    )


def _phase(row: Mapping[str, Any] | Record, run: Run) -> str:
    if run.over:
        return "over"
    if row["frozen_at"] is None:
        return "embedding"
    if row["created_at"] is None:
        return "drawing"
    return "writing" if row["settled"] < row["drawn"] else "labelling"
