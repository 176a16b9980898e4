"""From Kafka into the inbox: a record is accepted, followed, obeyed or buried; only then its offset moves."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from contracts import Event, InvalidEvent
from contracts.event import MAX_EVENT_BYTES
from contracts.runs import LetterCommanded, RunCommanded
from objects.failpoints import failpoint
from runtime import letters, outbox, runs, trace
from runtime.envelope import check_type, header_texts, identity
from runtime.inbox import Work, accept, is_impostor, meet_runs
from runtime.letters import NOBODY, Breaker, Raw, run_of_headers
from runtime.logs import logger
from runtime.stage import Feed, Stage
from runtime.telemetry import Telemetry
from runtime.work import Arrived, Failure, RunKey, Transaction, run_of

COMMANDS = (RunCommanded, LetterCommanded)
MARK_DONE = "update inbox set state = 'done', done_at = now() where event_id = any($1::uuid[])"

log = logger(__name__)


class Flood(Exception):
    """Most of what arrives is bad: the code or the publisher is wrong. The stage stops; nothing is lost."""


@dataclass(slots=True)
class Sorted:
    """A batch, by what is to be done with each record."""

    works: list[tuple[Raw, Work]] = field(default_factory=list)
    commands: list[tuple[Work, Event]] = field(default_factory=list)
    arrived: dict[str, list[tuple[Raw, Arrived[Any]]]] = field(default_factory=lambda: defaultdict(list))
    dead: list[tuple[Raw, InvalidEvent]] = field(default_factory=list)


class Intake:
    def __init__(self, stage: Stage, pool: asyncpg.Pool, telemetry: Telemetry) -> None:
        self.stage = stage
        self.pool = pool
        self.telemetry = telemetry
        settings = stage.settings
        self.breaker = Breaker(settings.flood_in_a_row, settings.flood_window, settings.flood_share)

    async def take(self, batch: Sequence[Raw]) -> None:
        """Store the batch in one transaction. Raises when it could not; then the batch comes again."""
        found = self._sort(batch)
        async with self.pool.acquire() as connection, connection.transaction():
            tx = Transaction(connection, NOBODY, "")
            await self._store(tx, found)
            buried = {raw.place for raw, _ in found.dead}
            outcomes = [raw.place not in buried for raw in batch]
            if self.breaker.would_trip(outcomes):
                raise Flood(f"{len(buried)} of {len(batch)} records are bad; the last: {found.dead[-1][1]}")
            await self._bury(tx, found.dead)
        self.breaker.observe(outcomes)
        await failpoint("after_inbox_before_offset_commit")

    def _sort(self, batch: Sequence[Raw]) -> Sorted:
        found = Sorted()
        for raw in batch:
            try:
                self._sort_one(raw, found)
            except InvalidEvent as reason:
                found.dead.append((raw, reason))
        return found

    def _sort_one(self, raw: Raw, found: Sorted) -> None:
        headers = header_texts(raw.headers)
        check_type(headers, raw.topic)
        feed = self.stage.feeds.get(raw.topic)
        if feed is not None:
            found.arrived[raw.topic].append((raw, self._arrived(raw, headers, feed)))
        if raw.topic in self.stage.routes or raw.topic in {command.topic for command in COMMANDS}:
            event = _read(self._type(raw.topic), raw.value)
            work = self._work(event, raw, headers)
            if isinstance(event, COMMANDS):
                found.commands.append((work, event))
            else:
                found.works.append((raw, work))

    def _arrived(self, raw: Raw, headers: dict[str, str], feed: Feed) -> Arrived[Any]:
        key = _key(raw)
        if raw.value is None:
            event_id = trace.place_id(raw.place)
            return Arrived(None, raw.topic, key, raw.timestamp_ms, raw.offset, event_id, "")
        plain = feed.plain if "ce_id" not in headers else None
        event = plain(_sized(raw.value)) if plain else _read(feed.event, raw.value)
        event_id = identity(headers, event)
        context = trace.child(headers.get("traceparent"), event_id)
        return Arrived(event, raw.topic, key, raw.timestamp_ms, raw.offset, event_id, context)

    def _work(self, event: Event, raw: Raw, headers: dict[str, str]) -> Work:
        event_id = identity(headers, event)
        return Work(
            event_id=event_id,
            run=run_of(event),
            name=raw.topic,
            value=raw.value or b"",
            traceparent=trace.child(headers.get("traceparent"), event_id),
            member_id=event.entity if type(event) is self.stage.gathered else None,
        )

    def _type(self, topic: str) -> type[Event]:
        event = self.stage.event_type(topic)
        if event is None:
            raise InvalidEvent("topic", f"{self.stage.name} takes nothing from {topic}")
        return event

    async def _store(self, tx: Transaction, found: Sorted) -> None:
        await self._accept(tx, found)
        for topic, arrived in found.arrived.items():
            taken = await self.stage.feeds[topic].follower.record(tx, [one for _, one in arrived])
            await outbox.put(tx, taken.events, self.stage)
            found.dead.extend((arrived[refused.position][0], refused.reason) for refused in taken.refused)
            self.telemetry.followed.labels(self.stage.name, topic).inc(len(arrived) - len(taken.refused))
        await self._obey(tx, found.commands)

    async def _accept(self, tx: Transaction, found: Sorted) -> None:
        works = [work for _, work in found.works]
        new = await accept(tx.connection, works)
        false = await is_impostor(tx.connection, works)
        reason = InvalidEvent("id_conflict", "its id is known with other bytes; give each event its own id")
        found.dead.extend((raw, reason) for (raw, _), wrong in zip(found.works, false, strict=True) if wrong)
        for work in works:
            counter = self.telemetry.accepted if work.event_id in new else self.telemetry.repeated
            counter.labels(self.stage.name, work.name).inc()

    async def _bury(self, tx: Transaction, dead: Sequence[tuple[Raw, InvalidEvent]]) -> None:
        for raw, reason in dead:
            owner = _owner(raw)
            own = Transaction(tx.connection, owner, "")
            told = await letters.bury(own, raw, reason, stage=self.stage.name)
            await outbox.put(own, [told], self.stage)
            await self._fail_member(own, raw, reason)
            self.telemetry.dead.labels(self.stage.name, raw.topic, reason.code).inc()
            log.warning(
                "Dead letter", action="event_buried", place=raw.place, code=reason.code, words=reason.words
            )

    async def _fail_member(self, tx: Transaction, raw: Raw, reason: InvalidEvent) -> None:
        """A broken member that still says which one it is must not keep its run waiting."""
        if self.stage.gathered is None or raw.topic != self.stage.gathered.topic or not tx.run.run_id:
            return
        member = header_texts(raw.headers).get("ce_subject")
        if member and reason.code != "id_conflict":
            await meet_runs(tx.connection, [tx.run])
            failure = Failure(reason.code, reason.words)
            await runs.settle(tx.connection, tx.run, member, "failed", event_id=None, failure=failure)

    async def _obey(self, tx: Transaction, commands: Sequence[tuple[Work, Event]]) -> None:
        new = await accept(tx.connection, [work for work, _ in commands])
        fresh = [(work, event) for work, event in commands if work.event_id in new]
        done: list[UUID] = []
        for work, event in fresh:
            if isinstance(event, RunCommanded):
                await _steer(tx, event)
            if isinstance(event, LetterCommanded) and event.stage == self.stage.name:
                await self._handle_letter(tx, event)
            if work.name not in self.stage.routes:
                done.append(work.event_id)
        await tx.connection.execute(MARK_DONE, done)

    async def _handle_letter(self, tx: Transaction, order: LetterCommanded) -> None:
        letter = await letters.take(tx.connection, UUID(order.letter_id))
        if letter is None:
            return
        if order.command == "drop":
            await letters.settle(tx.connection, letter.letter_id, "dropped")
        elif await self._replay(tx, letter):
            await letters.settle(tx.connection, letter.letter_id, "replayed")
            log.info("Dead letter replayed", action="letter_replayed", letter=order.letter_id, by=order.by)

    async def _replay(self, tx: Transaction, letter: letters.Letter) -> bool:
        if letter.event_id is not None:
            return await letters.reopen(tx.connection, letter.event_id)
        again = self._sort([letter.raw])
        if not again.dead:
            await self._store(tx, again)
        if again.dead:
            log.warning(
                "Still bad", action="letter_still_dead", place=letter.raw.place, words=str(again.dead[0][1])
            )
        return not again.dead


async def _steer(tx: Transaction, order: RunCommanded) -> None:
    run = run_of(order)
    match order.command:
        case "pause":
            await runs.pause(tx.connection, run)
        case "resume":
            await runs.resume(tx.connection, run)
        case "cancel":
            await runs.cancel(tx.connection, run)
        case "raise_budget":
            await runs.wake(tx.connection, run)
        case "retry":
            await meet_runs(tx.connection, [run])
    log.info("Run steered", action="run_commanded", run=run.run_id, command=order.command, by=order.by)


def _read(event: type[Event], value: bytes | None) -> Event:
    if value is None:
        raise InvalidEvent("no_value", "a null value withdraws an item; this topic carries none")
    return event.read(_sized(value))


def _sized(value: bytes) -> bytes:
    if len(value) > MAX_EVENT_BYTES:
        raise InvalidEvent("too_large", f"{len(value)} bytes; at most {MAX_EVENT_BYTES} are read")
    return value


def _key(raw: Raw) -> str:
    try:
        key = (raw.key or b"").decode()
    except UnicodeDecodeError as error:
        raise InvalidEvent("key", "the key is not UTF-8") from error
    if "\0" in key:
        raise InvalidEvent("key", "the key holds NUL")
    return key


def _owner(raw: Raw) -> RunKey:
    try:
        return run_of_headers(header_texts(raw.headers))
    except InvalidEvent:
        return NOBODY
