"""Runs and their members: what a run waits for at this stage, and when it is over."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from contracts import canonical, derived_id
from runtime.inbox import CLOSE, Work, accept, meet_runs
from runtime.work import Database, Failure, MemberState, RunKey

# Work of this revision is waited for. What an earlier one made is taken over or done again, as its latest row
# says: done stays done; failed is done again, unless its event never got in, so that nothing can be repeated.
# A member whose event came before its manifest has a row of this revision already; that one stays.
EXPECT = """
insert into member (tenant, run_id, revision, member_id, expected, state, made_by, event_id, code, words)
select $1, $2, $3, named.member_id, true,
       case when earlier.state = 'done' or earlier.event_id is null then coalesce(earlier.state, 'pending')
            else 'pending' end,
       case when earlier.state = 'done' then earlier.made_by else $3 end,
       earlier.event_id, earlier.code, earlier.words
from unnest($4::text[], $5::int[]) as named (member_id, made_by)
left join lateral (
    select m.state, m.made_by, m.event_id, m.code, m.words from member m
    where m.tenant = $1 and m.run_id = $2 and m.member_id = named.member_id and m.revision < $3
      and named.made_by < $3
    order by m.revision desc limit 1
) earlier on true
order by named.member_id
on conflict (tenant, run_id, member_id, revision) do update set expected = true
returning member_id, state, event_id
"""

SETTLE = """
insert into member (tenant, run_id, revision, member_id, state, made_by, event_id, code, words)
values ($1, $2, $3, $4, $5, $3, $6, $7, $8)
on conflict (tenant, run_id, member_id, revision) do update
set state = excluded.state, event_id = excluded.event_id, code = excluded.code, words = excluded.words,
    made_by = excluded.made_by
where member.state = 'pending'
"""

# A closer that names further members begins another round: the run closes again when these are settled.
SET_EXPECTED = """
update run set rounds = rounds + closing::integer, closing = false, expected = (
    select count(*) from member m where (m.tenant, m.run_id, m.revision) = ($1, $2, $3) and m.expected
)
where (tenant, run_id, revision) = ($1, $2, $3)
"""

AGAIN = """
select event_id, name, member_id, value, traceparent from inbox where event_id = any($1::uuid[])
"""

LOCK = """
select state, expected, closing, rounds from run where (tenant, run_id, revision) = ($1, $2, $3) for update
"""

PENDING = """
select exists (
    select from member where (tenant, run_id, revision) = ($1, $2, $3) and expected and state = 'pending'
)
"""

MARK_CLOSING = "update run set closing = true where (tenant, run_id, revision) = ($1, $2, $3)"

MARK_CLOSED = """
update run set state = case state when 'cancelled' then state else 'closed' end, closed_at = now()
where (tenant, run_id, revision) = ($1, $2, $3) and rounds = $4
"""

FULL = "select tenant, run_id, revision from run where expected is not null and not closing limit 100"

STEER = """
update run set state = $4
where (tenant, run_id, revision) = ($1, $2, $3) and state = any($5::text[])
returning true
"""

# What is leased is taken away from its worker: its end is fenced, and the row comes back as one to give up.
REVOKE = """
update inbox set state = 'pending', token = null, due_at = now()
where (tenant, run_id, revision) = ($1, $2, $3) and state in ('pending', 'leased') and name <> 'close'
"""

WAKE = """
update inbox set due_at = now()
where (tenant, run_id, revision) = ($1, $2, $3) and state = 'pending' and due_at > now()
"""


async def expect(connection: Database, run: RunKey, members: Mapping[str, int]) -> None:
    await meet_runs(connection, [run])
    where = (run.tenant, run.run_id, run.revision)
    rows = await connection.fetch(EXPECT, *where, list(members), list(members.values()))
    again = [row["event_id"] for row in rows if row["state"] == "pending" and row["event_id"]]
    await _do_again(connection, run, again)
    await connection.execute(SET_EXPECTED, *where)
    await close_if_full(connection, run)


async def _do_again(connection: Database, run: RunKey, event_ids: Sequence[UUID]) -> None:
    """Copy the work of an earlier revision; the copy's id follows from the original's, so it is made once."""
    rows = await connection.fetch(AGAIN, event_ids)
    copies = [
        Work(
            event_id=derived_id("again", row["event_id"], run.revision),
            run=run,
            name=row["name"],
            value=row["value"],
            traceparent=row["traceparent"],
            member_id=row["member_id"],
        )
        for row in rows
    ]
    await accept(connection, copies)


async def settle(
    connection: Database,
    run: RunKey,
    member_id: str,
    state: MemberState,
    *,
    event_id: UUID | None,
    failure: Failure | None = None,
) -> None:
    """Say what became of a member. The first word counts."""
    code, words = (failure.code, failure.words) if failure else (None, None)
    await connection.execute(
        SETTLE, run.tenant, run.run_id, run.revision, member_id, state, event_id, code, words
    )
    await close_if_full(connection, run)


async def close_if_full(connection: Database, run: RunKey) -> bool:
    """Put the run's closing into the inbox if nothing is left to wait for.

    The lock makes whoever arrives last see everybody else.
    """
    row = await connection.fetchrow(LOCK, run.tenant, run.run_id, run.revision)
    if row is None or row["expected"] is None or row["closing"]:
        return False
    if await connection.fetchval(PENDING, run.tenant, run.run_id, run.revision):
        return False
    await connection.execute(MARK_CLOSING, run.tenant, run.run_id, run.revision)
    closing = Work(
        event_id=derived_id(CLOSE, run.tenant, run.run_id, run.revision, row["rounds"]),
        run=run,
        name=CLOSE,
        value=canonical({"round": row["rounds"]}),
        traceparent="",
    )
    await accept(connection, [closing])
    return True


async def mark_closed(connection: Database, run: RunKey, closed_round: int) -> None:
    """Unless its closer has begun another round."""
    await connection.execute(MARK_CLOSED, run.tenant, run.run_id, run.revision, closed_round)


async def sweep(connection: Database) -> int:
    """Close what is full but was not closed. Nothing should be; this makes it certain."""
    rows = await connection.fetch(FULL)
    runs = [RunKey(row["tenant"], row["run_id"], row["revision"]) for row in rows]
    closed = 0
    for run in runs:
        async with connection.transaction():
            closed += await close_if_full(connection, run)
    return closed


async def pause(connection: Database, run: RunKey) -> bool:
    return await _steer(connection, run, "paused", ["active"])


async def resume(connection: Database, run: RunKey) -> bool:
    return await _steer(connection, run, "active", ["paused"])


async def cancel(connection: Database, run: RunKey) -> bool:
    """From now on the run's open work is given up, also what is still on its way here."""
    if not await _steer(connection, run, "cancelled", ["active", "paused"]):
        return False
    await connection.execute(REVOKE, run.tenant, run.run_id, run.revision)
    return True


async def wake(connection: Database, run: RunKey) -> None:
    """Try what is parked at once: what it waited for may have changed."""
    await connection.execute(WAKE, run.tenant, run.run_id, run.revision)


async def _steer(connection: Database, run: RunKey, state: str, allowed: list[str]) -> bool:
    await meet_runs(connection, [run])
    return bool(await connection.fetchval(STEER, run.tenant, run.run_id, run.revision, state, allowed))
