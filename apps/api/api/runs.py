"""Runs as the views tell them, and what was asked for here and is not with the ledger yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asyncpg import Record

from contracts.runs import Cost, Counts
from runtime.work import Database

TOLD = """
select coalesce(l.run_id, a.run_id) as run_id, coalesce(l.revision, a.revision) as revision,
       coalesce(
           l.kind, a.kind, max(coalesce(l.kind, a.kind)) over (partition by coalesce(l.run_id, a.run_id))
       ) as kind,
       case when l.run_id is null then 'started' else coalesce(l.status, 'running') end as status,
       coalesce(a.requested_at, l.requested_at) as requested_at, l.finished_at,
       coalesce(l.items, a.total) as total, l.counts, l.cost, l.settings, l.budget_usd,
       coalesce(l.words, '') as words, a.requested_by
from (select * from runs_v1 where tenant = $1 {where}) l
full join (select * from api_requests_v1 where tenant = $1 {where}) a
    on (a.run_id, a.revision) = (l.run_id, l.revision)
"""

ONE = (
    TOLD.format(where="and run_id = $2")
    + "where $3::int is null or coalesce(l.revision, a.revision) = $3 order by revision desc limit 1"
)

LIST = f"""
with told as ({TOLD.format(where="")}),
newest as (
    select distinct on (run_id) told.*,
           coalesce(min(requested_at) over (partition by run_id), 'epoch') as asked_at
    from told where kind = $2 order by run_id, revision desc
)
select * from newest
where ($3::text is null or status = $3) and ($4::timestamptz is null or (asked_at, run_id) < ($4, $5))
order by asked_at desc, run_id desc limit $6
"""

STEERED = """
select exists (
    select from api_audit_v1 where (tenant, run_id, revision, action) = ($1, $2, $3, 'cancel')
)
"""

SPENT = """
select coalesce(sum(cost_usd), 0)::float8 as usd, coalesce(sum(calls), 0)::int as calls,
       coalesce(sum(stored_answers), 0)::int as stored_answers,
       coalesce(sum(unpriced_calls), 0)::int as unpriced_calls
from llm_cost_v1 where tenant = $1 and run_id = $2
"""

INTERACTIONS = """
select id, file_path, interaction_type, stage, revision, entity, batch_id, attempt, sample, model,
       prompt_file, prompt_tokens, completion_tokens, cost_usd::float8, cached, status, error_code,
       duration_ms, started_at, sha256, bytes
from llm_interactions_v1 where tenant = $1 and run_id = $2 and id > $3 order by id limit $4
"""

OPEN = frozenset({"started", "running"})


@dataclass(frozen=True, slots=True)
class Run:
    """One revision of a run."""

    run_id: str
    revision: int
    kind: str | None
    status: str
    requested_at: datetime | None
    finished_at: datetime | None
    total: int | None
    counts: Counts
    cost: Cost | None
    settings: Mapping[str, Any] | None
    budget_usd: float | None
    words: str
    requested_by: str | None
    asked_at: datetime | None = None  # of its first revision; in lists

    @property
    def over(self) -> bool:
        return self.status not in OPEN


async def find(connection: Database, tenant: str, run_id: str, revision: int | None = None) -> Run | None:
    """Its newest revision, or this one."""
    row = await connection.fetchrow(ONE, tenant, run_id, revision)
    return None if row is None else _run(row)


async def listed(
    connection: Database,
    tenant: str,
    kind: str,
    *,
    status: str | None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[Run]:
    """Newest first, of each run its newest revision."""
    at, run_id = after or (None, "")
    return [_run(row) for row in await connection.fetch(LIST, tenant, kind, status, at, run_id, limit)]


async def state_of(connection: Database, tenant: str, run: Run, stages: Sequence[str]) -> str:
    """Whether somebody steers it: active, paused or cancelling; over: it is done."""
    if run.over:
        return "over"
    states = {
        row["state"] for row in await connection.fetch(_states(stages), tenant, run.run_id, run.revision)
    }
    if "cancelled" in states or await connection.fetchval(STEERED, tenant, run.run_id, run.revision):
        return "cancelling"
    return "paused" if "paused" in states else "active"


async def spent(connection: Database, tenant: str, run_id: str) -> Cost:
    [row] = await connection.fetch(SPENT, tenant, run_id)
    return Cost.model_validate(dict(row))


async def interactions(
    connection: Database, tenant: str, run_id: str, after: int, limit: int
) -> list[Mapping[str, Any]]:
    return [dict(row) for row in await connection.fetch(INTERACTIONS, tenant, run_id, after, limit)]


def _states(stages: Sequence[str]) -> str:
    return " union all ".join(
        f"select state from {stage}_runs_v1 where (tenant, run_id, revision) = ($1, $2, $3)"
        for stage in stages
    )


def _run(row: Record) -> Run:
    return Run(
        run_id=row["run_id"],
        revision=row["revision"],
        kind=row["kind"],
        status=row["status"],
        requested_at=row["requested_at"],
        finished_at=row["finished_at"],
        total=row["total"],
        counts=Counts.model_validate(row["counts"] or {}, extra="ignore"),
        cost=Cost.model_validate(row["cost"], extra="ignore") if row["cost"] else None,
        settings=row["settings"],
        budget_usd=row["budget_usd"],
        words=row["words"],
        requested_by=row["requested_by"],
        asked_at=row.get("asked_at"),
    )
