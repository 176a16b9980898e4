"""The outbox: events written with the work they tell of, and the relay that brings them to Kafka."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from contracts import Event, Task
from runtime.envelope import Sealed, seal
from runtime.inbox import Work, accept
from runtime.stage import Stage
from runtime.work import Database, Transaction, run_of

PUT = """
insert into outbox (event_id, topic, key, value, headers)
select * from unnest($1::uuid[], $2::text[], $3::bytea[], $4::bytea[], $5::jsonb[])
on conflict (event_id) do nothing
"""

UNSENT = """
select id, event_id, topic, key, value, headers from outbox where sent_at is null order by id limit $1
"""

MARK = "update outbox set sent_at = now() where id = any($1::bigint[])"

AGE = """
select coalesce(extract(epoch from now() - min(created_at)), 0)::float8 from outbox where sent_at is null
"""

# Session-level: Postgres frees it when the relay's connection ends, however that happens.
TRY_LOCK = "select pg_try_advisory_lock(hashtext('assort.relay.' || current_schema()))"


@dataclass(frozen=True, slots=True)
class Unsent:
    id: int
    sealed: Sealed


async def put(tx: Transaction, events: Sequence[Event], stage: Stage) -> None:
    """Events go out; tasks go into the stage's own inbox. All of it with the transaction, or not at all."""
    tasks = [event for event in events if isinstance(event, Task)]
    await accept(tx.connection, [_work(task, tx, stage) for task in tasks])
    told = [event for event in events if not isinstance(event, Task)]
    facts = [seal(event, source=stage.name, traceparent=tx.trace) for event in told]
    if facts:
        await _insert(tx.connection, facts)


def _work(task: Task, tx: Transaction, stage: Stage) -> Work:
    return Work(
        event_id=task.event_id,
        run=run_of(task),
        name=task.topic,
        value=task.canonical(),
        traceparent=tx.trace,
        member_id=task.entity if type(task) is stage.gathered else None,
    )


async def _insert(connection: Database, facts: Sequence[Sealed]) -> None:
    await connection.execute(
        PUT,
        [fact.event_id for fact in facts],
        [fact.topic for fact in facts],
        [fact.key for fact in facts],
        [fact.value for fact in facts],
        [json.dumps(fact.headers) for fact in facts],
    )


async def unsent(connection: Database, limit: int) -> list[Unsent]:
    rows = await connection.fetch(UNSENT, limit)
    return [
        Unsent(
            row["id"],
            Sealed(row["event_id"], row["topic"], row["key"], row["value"], json.loads(row["headers"])),
        )
        for row in rows
    ]


async def mark_sent(connection: Database, sent: Sequence[Unsent]) -> None:
    await connection.execute(MARK, [one.id for one in sent])


async def age_seconds(connection: Database) -> float:
    """How long the oldest event has waited to be sent."""
    return float(await connection.fetchval(AGE))


async def is_relay(connection: Database) -> bool:
    """Whether this connection may publish for the stage: one relay at a time keeps the order of each key."""
    return bool(await connection.fetchval(TRY_LOCK))
