"""The inbox: work accepted, leased, done. Times are the database's; the lease's token fences every end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from asyncpg import Record

from runtime.envelope import digest
from runtime.work import Database, RunKey

CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Work:
    """A row to be put into the inbox."""

    event_id: UUID
    run: RunKey
    name: str
    value: bytes
    traceparent: str
    member_id: str | None = None

    @property
    def sha256(self) -> bytes:
        return digest(self.value)


@dataclass(frozen=True, slots=True)
class Lease:
    """A row that is ours until the lease runs out or somebody takes it away."""

    event_id: UUID
    token: UUID
    run: RunKey
    name: str
    member_id: str | None
    value: bytes
    traceparent: str
    crashes: int
    parks: int
    waited_seconds: float
    run_state: str


ACCEPT = """
insert into inbox (event_id, tenant, run_id, revision, name, member_id, value, sha256, traceparent)
select * from unnest(
    $1::uuid[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[],
    $7::bytea[], $8::bytea[], $9::text[]
)
on conflict (event_id) do nothing
returning event_id
"""

KNOWN = "select event_id, sha256 from inbox where event_id = any($1::uuid[])"

MEET_RUNS = """
insert into run (tenant, run_id, revision)
select distinct * from unnest($1::text[], $2::text[], $3::int[])
on conflict do nothing
"""

# The open runs are found by skipping through the index, so that the cost follows their number and not that of
# the rows. Each run's rows are numbered from the count it has under way: the least-served run comes first.
LEASE = """
with recursive open as (
    (select tenant, run_id, revision from inbox where state in ('pending', 'leased')
     order by tenant, run_id, revision limit 1)
    union all
    select later.* from open cross join lateral (
        select i.tenant, i.run_id, i.revision from inbox i
        where i.state in ('pending', 'leased')
          and (i.tenant, i.run_id, i.revision) > (open.tenant, open.run_id, open.revision)
        order by i.tenant, i.run_id, i.revision limit 1
    ) later
), queue as (
    select due.event_id, due.seq, busy.rows + due.place as turn
    from open
    left join run using (tenant, run_id, revision)
    cross join lateral (
        select count(*) as rows from inbox i
        where (i.tenant, i.run_id, i.revision) = (open.tenant, open.run_id, open.revision)
          and i.state = 'leased' and i.due_at > now()
    ) busy
    cross join lateral (
        select first.event_id, first.seq, row_number() over (order by first.seq) as place from (
            select i.event_id, i.seq from inbox i
            where (i.tenant, i.run_id, i.revision) = (open.tenant, open.run_id, open.revision)
              and i.state in ('pending', 'leased') and i.due_at <= now()
            order by i.seq limit $1
        ) first
    ) due
    where coalesce(run.state, 'active') <> 'paused'
    order by turn, due.seq limit $1
), taken as (
    select i.event_id, extract(epoch from now() - i.received_at)::float8 as waited
    from inbox i join queue using (event_id)
    where i.state in ('pending', 'leased') and i.due_at <= now()
    for update of i skip locked
)
update inbox i
set state = 'leased', token = gen_random_uuid(), due_at = now() + $2::interval,
    crashes = i.crashes + (i.state = 'leased')::int -- a lease that ran out is a crash
from taken
where i.event_id = taken.event_id
returning i.*, taken.waited,
    coalesce((
        select r.state from run r where (r.tenant, r.run_id, r.revision) = (i.tenant, i.run_id, i.revision)
    ), 'active') as run_state
"""

RENEW = """
update inbox set due_at = now() + $2::interval
where token = any($1::uuid[]) and state = 'leased' returning token
"""

FINISH = """
update inbox set state = $3, token = null, done_at = now(), reason = $4
where event_id = $1 and token = $2 and state = 'leased' returning true
"""

PARK = """
update inbox
set state = 'pending', token = null, due_at = now() + $3::interval, reason = $4,
    parks = parks + $5, crashes = crashes + $6
where event_id = $1 and token = $2 and state = 'leased'
"""

DEPTH = """
select count(*) from (select from inbox where state in ('pending', 'leased') and due_at <= now() limit $1) due
"""

STATES = "select state, count(*) as rows from inbox where state in ('pending', 'leased') group by state"


async def accept(connection: Database, works: Sequence[Work]) -> set[UUID]:
    """Put rows in; those already there stay as they are. Returns the ids that are new."""
    if not works:
        return set()
    await meet_runs(connection, {work.run for work in works})
    rows = await connection.fetch(
        ACCEPT,
        [w.event_id for w in works],
        [w.run.tenant for w in works],
        [w.run.run_id for w in works],
        [w.run.revision for w in works],
        [w.name for w in works],
        [w.member_id for w in works],
        [w.value for w in works],
        [w.sha256 for w in works],
        [w.traceparent for w in works],
    )
    return {row["event_id"] for row in rows}


async def meet_runs(connection: Database, runs: Iterable[RunKey]) -> None:
    ordered = sorted(runs, key=lambda run: (run.tenant, run.run_id, run.revision))
    await connection.execute(
        MEET_RUNS, [r.tenant for r in ordered], [r.run_id for r in ordered], [r.revision for r in ordered]
    )


async def is_impostor(connection: Database, works: Sequence[Work]) -> list[bool]:
    """For each row, whether its id is known with other bytes: somebody used one id for two things."""
    rows = await connection.fetch(KNOWN, [work.event_id for work in works])
    known = {row["event_id"]: row["sha256"] for row in rows}
    return [known.get(work.event_id, work.sha256) != work.sha256 for work in works]


async def lease(connection: Database, rows: int, seconds: float) -> list[Lease]:
    found = await connection.fetch(LEASE, rows, timedelta(seconds=seconds))
    return [_lease(row) for row in found]


async def renew(connection: Database, tokens: Sequence[UUID], seconds: float) -> set[UUID]:
    """Prolong leases; returns those that are still ours."""
    rows = await connection.fetch(RENEW, tokens, timedelta(seconds=seconds))
    return {row["token"] for row in rows}


async def finish(connection: Database, lease: Lease, state: str = "done", reason: str | None = None) -> bool:
    """End the row's life. False: the lease was lost, and nothing of this work may take effect."""
    return bool(await connection.fetchval(FINISH, lease.event_id, lease.token, state, reason))


async def park(
    connection: Database, lease: Lease, seconds: float, reason: str, *, crashed: bool = False
) -> None:
    wait = timedelta(seconds=seconds)
    await connection.execute(PARK, lease.event_id, lease.token, wait, reason, int(not crashed), int(crashed))


async def depth(connection: Database, limit: int) -> int:
    """How many rows could be leased now, counted no further than `limit`."""
    return int(await connection.fetchval(DEPTH, limit))


def _lease(row: Record) -> Lease:
    return Lease(
        event_id=row["event_id"],
        token=row["token"],
        run=RunKey(row["tenant"], row["run_id"], row["revision"]),
        name=row["name"],
        member_id=row["member_id"],
        value=row["value"],
        traceparent=row["traceparent"],
        crashes=row["crashes"],
        parks=row["parks"],
        waited_seconds=row["waited"],
        run_state=row["run_state"],
    )
