"""Lease, decide, record: the life of a piece of work in this worker."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Literal
from uuid import UUID

import asyncpg
import structlog

from contracts import Blocked, Event, InvalidEvent, OverBudget, RunEvent, WorkFailed, WorldError, loads
from objects.failpoints import failpoint
from runtime import gates, inbox, letters, outbox, runs
from runtime.closing import gather
from runtime.ending import end
from runtime.inbox import CLOSE, Lease
from runtime.letters import Raw
from runtime.logs import logger, work_context
from runtime.stage import Route, Stage
from runtime.telemetry import Telemetry
from runtime.work import Failure, Handler, LastResort, Transaction
from runtime.world import is_world, words_of

Recording = Callable[[Transaction], Awaitable[Sequence[Event]]]

Ending = Literal["done", "failed", "cancelled"]

PROBE_SECONDS = 15.0
BUDGET_SECONDS = 15.0

log = logger(__name__)


class Dispatcher:
    def __init__(self, stage: Stage, pool: asyncpg.Pool, telemetry: Telemetry) -> None:
        self.stage = stage
        self.settings = stage.settings
        self.pool = pool
        self.telemetry = telemetry
        self.under_way: dict[UUID, asyncio.Task[None]] = {}
        self.recorded = asyncio.Event()  # wakes the relay
        self.arrived = asyncio.Event()  # wakes the next look for work
        self.breaker = letters.Breaker(
            self.settings.flood_in_a_row, self.settings.flood_window, self.settings.flood_share
        )
        self.flooded = False
        self.probe_at: float | None = None  # set while credentials are refused

    # Looking for work

    async def step(self) -> None:
        """Lease what there is room for, or wait a moment."""
        room = self._room()
        found = await self._lease(room) if room else []
        for lease in found:
            task = asyncio.create_task(self._work(lease))
            self.under_way[lease.token] = task
            task.add_done_callback(partial(self._over, lease.token))
        self.telemetry.under_way.labels(self.stage.name).set(len(self.under_way))
        if len(found) < room or not room:
            await self._pause()

    async def _lease(self, room: int) -> list[Lease]:
        async with self.pool.acquire() as connection:
            return await inbox.lease(connection, room, self.settings.lease_seconds)

    def _room(self) -> int:
        if self.flooded:
            return 0
        if self.probe_at is not None:
            return int(time.monotonic() >= self.probe_at and not self.under_way)
        return self.settings.concurrency - len(self.under_way)

    async def _pause(self) -> None:
        self.arrived.clear()
        try:
            await asyncio.wait_for(self.arrived.wait(), self.settings.idle_seconds)
        except TimeoutError:
            return

    def _over(self, token: UUID, _: asyncio.Task[None]) -> None:
        self.under_way.pop(token, None)
        self.arrived.set()

    async def renew(self) -> None:
        """Keep our leases; work whose lease is lost is stopped, for somebody else does it now."""
        await asyncio.sleep(self.settings.lease_seconds / 3)
        tokens = list(self.under_way)
        if not tokens:
            return
        async with self.pool.acquire() as connection:
            ours = await inbox.renew(connection, tokens, self.settings.lease_seconds)
        for token in tokens:
            task = self.under_way.get(token)
            if token not in ours and task is not None:
                task.cancel("the lease was lost")

    async def drain(self, seconds: float) -> None:
        """Let work end by itself for a while; then give its leases back."""
        tasks = list(self.under_way.values())
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        await end(tasks)

    # One piece of work

    async def _work(self, lease: Lease) -> None:
        with structlog.contextvars.bound_contextvars(
            **work_context(lease.run, lease.event_id, lease.traceparent)
        ):
            try:
                await self._attempt(lease)
            except asyncio.CancelledError:
                # Not counted against the work. Where the lease is lost, the token makes this a no-op.
                await asyncio.shield(self._again(lease, 0, "the worker stopped"))
                raise
            except Exception as error:  # noqa: BLE001 - sorted by kind; whatever nobody named is counted and limited
                await self._again_after(lease, error)

    async def _attempt(self, lease: Lease) -> None:
        if lease.name == CLOSE:
            await self._close(lease)
            return
        route = self.stage.routes.get(lease.name)
        if route is None:
            await self._bury(lease, InvalidEvent("topic", f"{self.stage.name} has no use for {lease.name}"))
            return
        try:
            event = _event(route, lease)
        except InvalidEvent as reason:  # it could be read when it was accepted: this worker is older or newer
            await self._bury(lease, reason)
            return
        failure = self._verdict(lease)
        if failure is not None:
            await self._give_up(lease, route.handler, event, failure)
            return
        try:
            decision = await self._decide(lease, route.handler, event)
        except InvalidEvent as reason:
            await self._give_up(
                lease, route.handler, event, Failure(reason.code, reason.words), letter=reason
            )
        except WorkFailed as reason:
            await self._give_up(lease, route.handler, event, Failure(reason.code, reason.words))
        else:
            await failpoint("after_file_before_transaction")
            await self._end(lease, "done", lambda tx: route.handler.record(tx, event, decision))

    def _verdict(self, lease: Lease) -> Failure | None:
        if lease.run_state == "cancelled":
            return Failure("cancelled", "the run was cancelled")
        if lease.crashes >= self.settings.max_crashes:
            return Failure("crashes", f"{lease.crashes} attempts crashed")
        return None

    async def _decide(self, lease: Lease, handler: Handler[Any, Any], event: Event) -> Any:
        began = time.monotonic()
        decision = await handler.decide(event)
        self.telemetry.decide_seconds.labels(self.stage.name, lease.name).observe(time.monotonic() - began)
        self.breaker.observe([True])
        if self.probe_at is not None:
            await self._unblock()
        return decision

    async def _close(self, lease: Lease) -> None:
        closer = self.stage.closer
        if closer is None or self.stage.gathered is None:
            raise RuntimeError(f"{self.stage.name} gathers nothing, so nothing can close")
        async with self.pool.acquire() as connection:
            closing = await gather(connection, lease.run, self.stage.gathered)
        decision = await closer.decide(closing)
        await failpoint("after_file_before_transaction")
        await self._end(lease, "done", lambda tx: closer.record(tx, closing, decision))

    async def _give_up(
        self,
        lease: Lease,
        handler: Handler[Any, Any],
        event: Event,
        failure: Failure,
        *,
        letter: InvalidEvent | None = None,
    ) -> None:
        """End the work without a result; whoever waits for it is told."""
        record: Recording | None = None
        if isinstance(handler, LastResort):
            decision = await handler.give_up(event, failure)
            record = lambda tx: handler.record(tx, event, decision)  # noqa: E731 - it is a value here
        if failure.code == "crashes":
            letter = InvalidEvent(failure.code, failure.words)
        if letter is not None and self._floods():
            raise Blocked("a flood of bad events: the stage stands still until it is restarted")
        await self._end(
            lease, "cancelled" if failure.code == "cancelled" else "failed", record, failure, letter
        )

    def _floods(self) -> bool:
        self.flooded = self.flooded or self.breaker.would_trip([False])
        self.breaker.observe([False])
        return self.flooded

    async def _bury(self, lease: Lease, reason: InvalidEvent) -> None:
        await self._end(lease, "failed", None, Failure(reason.code, reason.words), reason)

    # How it ends

    async def _end(
        self,
        lease: Lease,
        state: Ending,
        record: Recording | None,
        failure: Failure | None = None,
        letter: InvalidEvent | None = None,
    ) -> None:
        """All effects of the work in one transaction, fenced by the lease."""
        began = time.monotonic()
        reason = f"{failure.code}: {failure.words}"[:1000] if failure else None
        async with self.pool.acquire() as connection, connection.transaction():
            if not await inbox.finish(connection, lease, "buried" if letter else state, reason):
                self.telemetry.lost.labels(self.stage.name).inc()
                return
            tx = Transaction(connection, lease.run, lease.traceparent)
            events = list(await record(tx)) if record else []
            if letter is not None:
                told = await letters.bury(
                    tx, _raw(lease), letter, stage=self.stage.name, event_id=lease.event_id
                )
                events.append(told)
            await outbox.put(tx, events, self.stage)
            if lease.member_id is not None:
                await runs.settle(
                    connection, lease.run, lease.member_id, state, event_id=lease.event_id, failure=failure
                )
            if lease.name == CLOSE:
                await runs.mark_closed(connection, lease.run, loads(lease.value).get("round", 0))
        await failpoint("after_transaction_before_relay")
        self.recorded.set()
        self._observe(lease, state, letter, time.monotonic() - began)

    def _observe(self, lease: Lease, state: str, letter: InvalidEvent | None, seconds: float) -> None:
        name = self.stage.name
        self.telemetry.record_seconds.labels(name, lease.name).observe(seconds)
        self.telemetry.age_seconds.labels(name, lease.name).observe(lease.waited_seconds)
        self.telemetry.attempts.labels(name, lease.name).observe(1 + lease.crashes)
        self.telemetry.finished.labels(name, lease.name, state).inc()
        if letter is not None:
            self.telemetry.dead.labels(name, lease.name, letter.code).inc()
            log.warning(
                "Dead letter", action="event_buried", place="inbox", code=letter.code, words=letter.words
            )

    async def _again_after(self, lease: Lease, error: Exception) -> None:
        if not is_world(error):
            self.telemetry.crashed.labels(self.stage.name, lease.name, type(error).__name__).inc()
            log.error("The attempt crashed", action="work_crashed", exc_info=error, crashes=lease.crashes + 1)
            await self._again(lease, self._backoff(lease.crashes), words_of(error), crashed=True)
            return
        if isinstance(error, Blocked):
            await self._block(error)
        self.telemetry.parked.labels(self.stage.name, lease.name).inc()
        log.info("Parked", action="work_parked", reason=words_of(error))
        await self._again(lease, self._wait(lease, error), _parking_reason(error))

    def _wait(self, lease: Lease, error: Exception) -> float:
        told = error.retry_after_seconds if isinstance(error, WorldError) else None
        if told is not None:
            return min(told, 3600.0)
        return BUDGET_SECONDS if isinstance(error, OverBudget) else self._backoff(lease.parks)

    def _backoff(self, times: int) -> float:
        """Doubling with a limit; the jitter keeps those that failed together from coming back together."""
        doubled = self.settings.park_seconds * float(1 << min(times, 20))
        return min(self.settings.park_limit_seconds, doubled) * random.uniform(0.5, 1)  # noqa: S311 - jitter

    async def _again(self, lease: Lease, seconds: float, reason: str, *, crashed: bool = False) -> None:
        """Give the lease back. Where even that fails, the lease runs out by itself."""
        try:
            async with self.pool.acquire() as connection:
                await inbox.park(connection, lease, seconds, reason, crashed=crashed)
        except Exception as error:
            if not is_world(error):
                raise
            log.warning(
                "Could not give the lease back; it will run out", action="park_failed", error=words_of(error)
            )

    # The stage as a whole

    async def _block(self, error: Blocked) -> None:
        self.probe_at = time.monotonic() + PROBE_SECONDS
        gate: gates.Gate = "flood" if self.flooded else "credentials"
        self.telemetry.blocked.labels(self.stage.name, gate).set(1)
        log.error("The stage stands still", action="stage_blocked", gate=gate, reason=error.reason)
        async with self.pool.acquire() as connection:
            await gates.shut(connection, gate, error.reason)

    async def _unblock(self) -> None:
        self.probe_at = None
        self.telemetry.blocked.labels(self.stage.name, "credentials").set(0)
        log.info("The stage goes on", action="stage_unblocked")
        async with self.pool.acquire() as connection:
            await gates.open_again(connection, "credentials")


def _event(route: Route, lease: Lease) -> Event:
    event = route.event.read(lease.value)
    if isinstance(event, RunEvent) and event.revision != lease.run.revision:
        # Work of an earlier revision that is done again: the row says for which.
        return event.model_copy(update={"revision": lease.run.revision})
    return event


def _raw(lease: Lease) -> Raw:
    return Raw(lease.name, "inbox", None, lease.value, (), 0, 0)


def _parking_reason(error: Exception) -> str:
    kinds: dict[type[Exception], str] = {Blocked: "credentials", OverBudget: "budget"}
    kind = kinds.get(type(error), "world")
    return f"{kind}: {words_of(error)}"
