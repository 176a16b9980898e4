"""What the commands read, from the views in the schema `read` alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asyncpg import Record

from cli.connections import Connection
from cli.domain.steering import RunState
from cli.errors import CliError
from contracts.quality import Quality
from contracts.runs import Cost, Counts

STAGES = ("embedder", "clusterer", "packager", "enricher", "segmenter", "bundler", "ranker", "ledger")
LAST = "last"

RUNS = """
select tenant, run_id, revision, kind, status, requested_at, finished_at, items, counts, cost, settings,
       words, quality
from read.runs_v1
where tenant = $1 and ($2::text is null or run_id = $2)
order by requested_at desc nulls last, run_id desc, revision desc
limit $3
"""

NEWEST = """
select * from (
    select distinct on (run_id)
        tenant, run_id, revision, kind, status, requested_at, finished_at, items, counts, cost, settings,
        words, quality
    from read.runs_v1 where tenant = $1 and coalesce(kind, 'packages') = 'packages'
    order by run_id, revision desc
) newest
order by requested_at desc nulls last, run_id desc
limit $2
"""

MATCHING = """
select distinct run_id from read.runs_v1
where tenant = $1 and (starts_with(run_id, $2) or right(run_id, 8) = $2)
order by run_id desc limit 5
"""

MODEL = "select model from read.frozen_v1 where tenant = $1 and run_id = $2 and revision = $3"

FOLLOWS = "select exists (select from read.following_v1 where tenant = $1 and run_id = $2)"

STATES = " union all ".join(
    f"select '{stage}' as stage, revision, state, expected, done, failed, cancelled, pending"
    f" from read.{stage}_runs_v1 where tenant = $1 and run_id = $2"
    for stage in STAGES
)


@dataclass(frozen=True, slots=True)
class RunRow:
    """One revision of a run, as the ledger tells it. No status: not over."""

    tenant: str
    run_id: str
    revision: int
    kind: str | None
    status: str | None
    requested_at: datetime | None
    finished_at: datetime | None
    items: int | None
    counts: Counts
    cost: Cost
    settings: dict[str, Any] | None
    words: str
    quality: Quality | None = None  # not over, or nothing to measure

    @property
    def seconds(self) -> float | None:
        if self.finished_at is None or self.requested_at is None:
            return None
        return (self.finished_at - self.requested_at).total_seconds()


@dataclass(frozen=True, slots=True)
class StageRun:
    stage: str
    revision: int
    state: str
    expected: int | None
    done: int
    failed: int
    cancelled: int
    pending: int


async def runs(
    connection: Connection, tenant: str, *, run_id: str | None = None, limit: int = 20
) -> list[RunRow]:
    """Newest first; the revisions of a run likewise."""
    return [_run(row) for row in await connection.fetch(RUNS, tenant, run_id, limit)]


async def newest_runs(connection: Connection, tenant: str, limit: int) -> list[RunRow]:
    """Those of packages, newest first, of each its latest revision."""
    return [_run(row) for row in await connection.fetch(NEWEST, tenant, limit)]


async def resolve(connection: Connection, tenant: str, given: str) -> str:
    """The run that is meant: its whole id, its beginning, its last eight signs, or `last`."""
    if given == LAST:
        newest = await runs(connection, tenant, limit=1)
        if not newest:
            raise CliError("there is no run yet: `assort run packages` starts one")
        return newest[0].run_id
    found = [row["run_id"] for row in await connection.fetch(MATCHING, tenant, given)]
    if given in found or not found:
        return given
    if len(found) > 1:
        raise CliError(f"{given} may be {', '.join(found)}: write more of it")
    return str(found[0])


async def latest(connection: Connection, tenant: str, given: str) -> RunRow:
    run_id = await resolve(connection, tenant, given)
    found = await runs(connection, tenant, run_id=run_id, limit=1)
    if not found:
        raise CliError(f"no run {given} is known: `assort runs` lists them")
    return found[0]


async def vector_model(connection: Connection, run: RunRow) -> str:
    """Which model made the vectors; empty: the run has no input yet."""
    return str(await connection.fetchval(MODEL, run.tenant, run.run_id, run.revision) or "")


async def stage_runs(connection: Connection, tenant: str, run_id: str) -> list[StageRun]:
    return [StageRun(**dict(row)) for row in await connection.fetch(STATES, tenant, run_id)]


async def run_state(connection: Connection, tenant: str, given: str) -> RunState:
    """Its latest revision. A retry that was asked for and is not with the ledger yet counts as well."""
    run_id = await resolve(connection, tenant, given)
    known = await runs(connection, tenant, run_id=run_id, limit=1)
    stages = await stage_runs(connection, tenant, run_id)
    if not known and not stages:
        raise CliError(f"no run {given} is known: `assort runs` lists them")
    revision = max([row.revision for row in known] + [stage.revision for stage in stages])
    states = {stage.state for stage in stages if stage.revision == revision}
    status = known[0].status if known and known[0].revision == revision else None
    follows = await connection.fetchval(FOLLOWS, tenant, run_id)
    paused, cancelling = "paused" in states, "cancelled" in states
    return RunState(run_id, revision, status, paused, cancelling, following=follows)


def _run(row: Record) -> RunRow:
    return RunRow(
        tenant=row["tenant"],
        run_id=row["run_id"],
        revision=row["revision"],
        kind=row["kind"],
        status=row["status"],
        requested_at=row["requested_at"],
        finished_at=row["finished_at"],
        items=row["items"],
        counts=Counts.model_validate(row["counts"] or {}, extra="ignore"),
        cost=Cost.model_validate(row["cost"] or {}, extra="ignore"),
        settings=row["settings"],
        words=row["words"] or "",
        quality=Quality.model_validate(row["quality"], extra="ignore") if row["quality"] else None,
    )
