"""What a closer is told: every member of the run, and the work of those that failed."""

from asyncpg import Record

from contracts import Event, InvalidEvent
from runtime.work import Closing, Database, Failure, Member, RunKey

MEMBERS = """
select m.member_id, m.state, m.made_by, m.code, m.words,
       case when m.state in ('failed', 'cancelled') then i.value end as value
from member m left join inbox i on i.event_id = m.event_id
where (m.tenant, m.run_id, m.revision) = ($1, $2, $3) and m.expected
order by m.member_id
"""

CANCELLED = "select state = 'cancelled' from run where (tenant, run_id, revision) = ($1, $2, $3)"


async def gather(connection: Database, run: RunKey, member: type[Event]) -> Closing[Event]:
    rows = await connection.fetch(MEMBERS, run.tenant, run.run_id, run.revision)
    cancelled = await connection.fetchval(CANCELLED, run.tenant, run.run_id, run.revision)
    return Closing(run, [_member(row, member) for row in rows], cancelled=bool(cancelled))


def _member(row: Record, member: type[Event]) -> Member[Event]:
    failure = Failure(row["code"], row["words"] or "") if row["code"] else None
    return Member(row["member_id"], row["state"], row["made_by"], _event(row["value"], member), failure)


def _event(value: bytes | None, member: type[Event]) -> Event | None:
    if value is None:
        return None
    try:
        return member.read(value)
    except InvalidEvent:
        return None
