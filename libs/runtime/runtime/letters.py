"""Dead letters: kept byte for byte, told to operators, given back when they say so."""

import base64
import json
import re
from collections import deque
from dataclasses import dataclass
from uuid import UUID

from contracts import InvalidEvent, derived_id
from contracts.event import DEFAULT_TENANT, RUN_ID, TENANT
from contracts.runs import EventBuried
from runtime.envelope import RawHeaders, digest
from runtime.work import Database, RunKey, Transaction

NOBODY = RunKey(DEFAULT_TENANT, "", 0)  # whose a record is that says nothing we can believe
MAX_TOLD_BYTES = 16 * 1024  # in event.buried itself, which must stay small; the row has everything

# Work that was given back may be buried again. A record that is only read again, with its whole topic, stays
# what the operators made of it.
BURY = """
insert into dead_letter
    (letter_id, tenant, run_id, revision, topic, place, event_id, key, value, headers, timestamp_ms,
     code, words)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
on conflict (letter_id) do update
set state = 'dead', code = excluded.code, words = excluded.words, buried_at = now()
where dead_letter.event_id is not null
"""

DEAD = "select * from dead_letter where letter_id = $1 and state = 'dead' for update"

SET_STATE = "update dead_letter set state = $2, replays = replays + $3 where letter_id = $1"

REOPEN = """
update inbox set state = 'pending', crashes = 0, due_at = now(), reason = null, done_at = null
where event_id = $1 and state = 'buried'
  and not exists (select from run r where (r.tenant, r.run_id, r.revision) =
                  (inbox.tenant, inbox.run_id, inbox.revision) and r.closing)
returning tenant, run_id, revision, member_id
"""

REOPEN_MEMBER = """
update member set state = 'pending', code = null, words = null
where (tenant, run_id, revision, member_id) = ($1, $2, $3, $4) and state = 'failed'
"""


@dataclass(frozen=True, slots=True)
class Raw:
    """A record as it came from Kafka, or as it lies in the dead letters."""

    topic: str
    place: str
    key: bytes | None
    value: bytes | None
    headers: RawHeaders
    timestamp_ms: int
    offset: int


@dataclass(frozen=True, slots=True)
class Letter:
    letter_id: UUID
    raw: Raw
    event_id: UUID | None


async def bury(
    tx: Transaction, raw: Raw, reason: InvalidEvent, *, stage: str, event_id: UUID | None = None
) -> EventBuried:
    """Keep the record; returns what to tell the operators."""
    letter_id = derived_id("letter", raw.place, event_id or "")
    await tx.connection.execute(
        BURY,
        letter_id,
        tx.run.tenant,
        tx.run.run_id,
        tx.run.revision,
        raw.topic,
        raw.place,
        event_id,
        raw.key,
        raw.value,
        json.dumps(_encoded(raw.headers)),
        raw.timestamp_ms,
        reason.code,
        _shown(reason.words),
    )
    return _told(letter_id, tx.run.tenant, raw, reason, stage)


async def take(connection: Database, letter_id: UUID) -> Letter | None:
    """The letter, if it is dead: one that was replayed or dropped is left alone."""
    row = await connection.fetchrow(DEAD, letter_id)
    if row is None:
        return None
    headers = [
        (name, None if value is None else base64.b64decode(value))
        for name, value in json.loads(row["headers"])
    ]
    raw = Raw(row["topic"], row["place"], row["key"], row["value"], headers, row["timestamp_ms"], 0)
    return Letter(row["letter_id"], raw, row["event_id"])


async def settle(connection: Database, letter_id: UUID, state: str) -> None:
    await connection.execute(SET_STATE, letter_id, state, int(state != "dropped"))


async def reopen(connection: Database, event_id: UUID) -> bool:
    """Back to pending, unless its run has closed meanwhile: then only a new revision may do it again."""
    row = await connection.fetchrow(REOPEN, event_id)
    if row is not None and row["member_id"]:
        await connection.execute(
            REOPEN_MEMBER, row["tenant"], row["run_id"], row["revision"], row["member_id"]
        )
    return row is not None


class Breaker:
    """When most records are bad, the code is wrong and not the records: stop rather than bury everything."""

    def __init__(self, in_a_row: int, window: int, share: float) -> None:
        self.in_a_row = in_a_row
        self.share = share
        self.seen: deque[bool] = deque(maxlen=window)

    def would_trip(self, outcomes: list[bool]) -> bool:
        """Whether these outcomes (True: good), after all seen so far, are a flood."""
        seen = deque(self.seen, self.seen.maxlen)
        row = self._row(seen)
        for good in outcomes:
            seen.append(good)
            row = 0 if good else row + 1
            full = len(seen) == seen.maxlen
            if row >= self.in_a_row or (full and seen.count(False) > self.share * len(seen)):
                return True
        return False

    def observe(self, outcomes: list[bool]) -> None:
        self.seen.extend(outcomes)

    @staticmethod
    def _row(seen: "deque[bool]") -> int:
        row = 0
        for good in reversed(seen):
            if good:
                break
            row += 1
        return row


def run_of_headers(headers: dict[str, str]) -> RunKey:
    """Which run a broken record says it belongs to; it may say nothing."""
    told = re.fullmatch(r"[0-9]{1,8}", headers.get("ce_revision", ""), re.ASCII)
    tenant, run_id = headers.get("ce_tenant", DEFAULT_TENANT), headers.get("ce_run", "")
    if not re.fullmatch(TENANT, tenant):
        return NOBODY
    if told is None or not re.fullmatch(RUN_ID, run_id):
        return RunKey(tenant, "", 0)
    return RunKey(tenant, run_id, int(told[0]))


def _told(letter_id: UUID, tenant: str, raw: Raw, reason: InvalidEvent, stage: str) -> EventBuried:
    size = None if raw.value is None else len(raw.value)
    small = size is not None and size <= MAX_TOLD_BYTES
    headers = _encoded(raw.headers)
    small_headers = len(json.dumps(headers)) <= MAX_TOLD_BYTES
    return EventBuried(
        tenant=tenant,
        letter_id=str(letter_id),
        stage=stage,
        code=reason.code,
        words=_shown(reason.words)[:2000],
        place=raw.place,
        record_key=None if raw.key is None else _shown(raw.key.decode(errors="replace"))[:1000],
        headers=tuple((name, value or "") for name, value in headers) if small_headers else (),
        value=base64.b64encode(raw.value).decode() if small and raw.value is not None else None,
        sha256=None if raw.value is None else digest(raw.value).hex(),
        bytes=size,
    )


def _encoded(headers: RawHeaders) -> list[tuple[str, str | None]]:
    return [
        (_shown(name), None if value is None else base64.b64encode(value).decode()) for name, value in headers
    ]


def _shown(text: str) -> str:
    """Text that Postgres can hold."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")
