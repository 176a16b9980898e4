"""How far a run is, read from the stages' own views."""

from collections.abc import Mapping
from dataclasses import dataclass

from asyncpg import Record

from cli.connections import Connection
from cli.domain.progress import Progress, StageProgress, Waiting
from cli.reading import STAGES
from contracts.deals import Following

STATES = " union all ".join(
    f"select '{stage}' as stage, state, expected, done, failed + cancelled as failed, pending"
    f" from read.{stage}_runs_v1 where tenant = $1 and run_id = $2 and revision = $3"
    for stage in STAGES
)

WAITING = " union all ".join(
    f"select '{stage}' as stage, reason, count(*) as rows from read.{stage}_inbox_v1"
    " where tenant = $1 and run_id = $2 and revision = $3 and state = 'pending'"
    " and reason is not null and due_at > now() group by reason"
    for stage in STAGES
)

BLOCKED = " union all ".join(
    f"select '{stage}' as stage, reason, 1::bigint as rows from read.{stage}_gates_v1" for stage in STAGES
)

LETTERS = " union all ".join(
    f"select count(*) as letters from read.{stage}_letters_v1"
    " where tenant = $1 and run_id = $2 and revision = $3 and state = 'dead'"
    for stage in STAGES
)

CLUSTERS = """
select (
    select clusters from read.clusterings_v1 where tenant = $1 and run_id = $2 and revision = $3
) as expected
"""

PHASE = "select phase from read.segmentation_runs_v1 where tenant = $1 and run_id = $2 and revision = $3"

BUNDLES = """
select exists (select from read.bundle_runs_v1 where tenant = $1 and run_id = $2 and revision = $3)
"""

RANKING = """
select exists (select from read.ranking_runs_v1 where tenant = $1 and run_id = $2 and revision = $3)
"""

STEPS = """
select phase, count(*) as steps, count(*) filter (where state = 'done') as done,
       count(*) filter (where state = 'failed') as failed
from read.segmentation_steps_v1 where tenant = $1 and run_id = $2 and revision = $3 group by phase
"""

# What a phase is called, and the phases in which it is over.
PHASES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "segmentation": ("segment", ("consolidate_taxonomy", "refine_assignments", "done")),
    "consolidate_taxonomy": ("merge", ("refine_assignments", "done")),
    "refine_assignments": ("refine", ("done",)),
}

OVER = "select status, words from read.runs_v1 where tenant = $1 and run_id = $2 and revision = $3"

COST = """
select coalesce(sum(cost_usd), 0)::float8 as usd, coalesce(sum(calls), 0)::bigint as calls,
       coalesce(sum(unpriced_calls), 0)::bigint as unpriced
from read.llm_cost_v1 where tenant = $1 and run_id = $2
"""

BUDGET = (
    "select limit_usd::float8, spent_usd::float8 from read.llm_budget_v1 where tenant = $1 and run_id = $2"
)

REVISION = " union all ".join(
    f"select max(revision) as revision from read.{stage}_runs_v1 where tenant = $1 and run_id = $2"
    for stage in STAGES
)


FOLLOWING = """
select quiet_seconds, max_changes, changes from read.following_v1 where tenant = $1 and run_id = $2
"""


@dataclass(frozen=True, slots=True)
class Follows:
    """A run that follows the feed: when it revises itself, and what has changed so far."""

    rule: Following
    changes: int


async def following(connection: Connection, tenant: str, run_id: str) -> Follows | None:
    row = await connection.fetchrow(FOLLOWING, tenant, run_id)
    if row is None:
        return None
    rule = Following(quiet_seconds=row["quiet_seconds"], max_changes=row["max_changes"])
    return Follows(rule, row["changes"])


async def newest_revision(connection: Connection, tenant: str, run_id: str) -> int:
    rows = await connection.fetch(REVISION, tenant, run_id)
    return max((row["revision"] or 1 for row in rows), default=1)


async def observe(connection: Connection, tenant: str, run_id: str, revision: int) -> Progress:
    run = (tenant, run_id, revision)
    states = {row["stage"]: row for row in await connection.fetch(STATES, *run)}
    [cost] = await connection.fetch(COST, tenant, run_id)
    over = await connection.fetchrow(OVER, *run)
    return Progress(
        run_id=run_id,
        revision=revision,
        known=bool(states.keys() - {"ledger"}),
        status=over["status"] if over else None,
        words=(over["words"] or "") if over else "",
        state=_state(states),
        stages=(
            _members("embed", "shards", states.get("embedder")),
            *(
                await _segmentation(connection, *run)
                or await _bundles(connection, states, *run)
                or await _ranking(connection, states, *run)
                or await _packages(connection, states, *run)
            ),
        ),
        waiting=await _waiting(connection, WAITING, *run),
        blocked=await _waiting(connection, BLOCKED),
        dead_letters=sum(row["letters"] for row in await connection.fetch(LETTERS, *run)),
        cost_usd=cost["usd"],
        calls=cost["calls"],
        unpriced_calls=cost["unpriced"],
        budget_usd=await connection.fetchval(BUDGET, tenant, run_id),
    )


async def _packages(
    connection: Connection, states: dict[str, Record], *run: object
) -> tuple[StageProgress, ...]:
    [clusters] = await connection.fetch(CLUSTERS, *run)
    return (
        _clusters(clusters),
        _members("package", "clusters", states.get("packager")),
        _members("enrich", "packages", states.get("enricher")),
    )


async def _segmentation(connection: Connection, *run: object) -> tuple[StageProgress, ...]:
    """Nothing: it is no segmentation, as far as anybody knows."""
    phase = await connection.fetchval(PHASE, *run)
    if phase is None:
        return ()
    rows = {row["phase"]: row for row in await connection.fetch(STEPS, *run)}
    return tuple(_phase(name, rows.get(key), over=phase in later) for key, (name, later) in PHASES.items())


async def _bundles(
    connection: Connection, states: dict[str, Record], *run: object
) -> tuple[StageProgress, ...]:
    """Nothing: it makes no bundles, as far as anybody knows."""
    if not await connection.fetchval(BUNDLES, *run):
        return ()
    return (_members("bundle", "steps", states.get("bundler")),)


async def _ranking(
    connection: Connection, states: dict[str, Record], *run: object
) -> tuple[StageProgress, ...]:
    """Nothing: it makes no ranking data, as far as anybody knows."""
    if not await connection.fetchval(RANKING, *run):
        return ()
    return (_members("rank", "steps", states.get("ranker")),)


def _phase(name: str, row: Record | None, *, over: bool) -> StageProgress:
    if row is None:
        return StageProgress(name, "calls", 0, 0, 0 if over else None, over=over)
    return StageProgress(name, "calls", row["done"], row["failed"], row["steps"], over=over)


async def _waiting(connection: Connection, query: str, *values: object) -> tuple[Waiting, ...]:
    return tuple(Waiting(**dict(row)) for row in await connection.fetch(query, *values))


def _members(name: str, unit: str, row: Record | None) -> StageProgress:
    if row is None:
        return StageProgress(name, unit, 0, 0, None)
    return StageProgress(
        name, unit, row["done"], row["failed"], row["expected"], over=row["state"] == "closed"
    )


def _clusters(row: Record) -> StageProgress:
    expected = row["expected"]
    # They are formed all at once: before the manifest there is nothing to show, after it nothing to wait for.
    return StageProgress("cluster", "clusters", expected or 0, 0, expected, over=expected is not None)


def _state(states: dict[str, Record]) -> str:
    found = {row["state"] for row in states.values()}
    return next((state for state in ("cancelled", "paused") if state in found), "active")
