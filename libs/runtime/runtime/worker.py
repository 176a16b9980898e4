"""One worker process of a stage: its loops, from start to a graceful stop."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import asyncpg
from faststream.kafka import KafkaBroker

from runtime import gates, inbox, outbox, runs
from runtime.broker import Reader, can_reach, connect, ensure_topics
from runtime.dispatch import Dispatcher
from runtime.ending import end
from runtime.health import Health, Server, routes
from runtime.intake import Flood, Intake
from runtime.letters import Raw
from runtime.logs import logger
from runtime.relay import Relay
from runtime.stage import Stage
from runtime.telemetry import Telemetry
from runtime.world import is_world, words_of

# What failed stays: a retry, however late, does it again from the row that is here.
PRUNE = (
    "delete from inbox where state = 'done' and done_at < now() - make_interval(days => $1)",
    "delete from outbox where sent_at < now() - make_interval(days => $1)",
)

log = logger(__name__)


class Worker:
    def __init__(self, stage: Stage, pool: asyncpg.Pool, telemetry: Telemetry) -> None:
        self.stage = stage
        self.settings = stage.settings
        self.pool = pool
        self.telemetry = telemetry
        self.health = Health()
        self.stop = asyncio.Event()
        self.broker: KafkaBroker = connect(stage.settings, stage.name, telemetry.registry)
        self.reader = Reader(self.broker, stage, telemetry)
        self.intake = Intake(stage, pool, telemetry)
        self.dispatcher = Dispatcher(stage, pool, telemetry)
        self.relay = Relay(stage, self.broker, telemetry)
        self.connected = asyncio.Event()  # what is in the outbox can be sent
        self.overfull = False

    async def run(self) -> None:
        """Work until `stop` is set; then end what is under way within the grace period."""
        await self._patiently(self._forget_flood)
        loops = [
            asyncio.create_task(self._forever("dispatch", self._dispatch)),
            asyncio.create_task(self._forever("renew", self.dispatcher.renew)),
            asyncio.create_task(self._join()),
            asyncio.create_task(self._forever("relay", self._relay)),
            asyncio.create_task(self._forever("govern", self._govern)),
            asyncio.create_task(self._forever("sweep", self._sweep)),
        ]
        try:
            await self._serve()
        finally:
            await self._wind_down(loops)
        for loop in loops:
            if not loop.cancelled():
                loop.result()  # a loop that broke must not look like a worker that was told to stop

    async def _join(self) -> None:
        """Connect to Kafka and begin to read. What is in the inbox does not wait for that.

        A group takes a new member in only when it has missed its dead ones for a whole session.
        """
        try:
            topics = self.stage.consumes | self.stage.emits
            await self._patiently(lambda: ensure_topics(self.settings, topics))
            await self._patiently(self.broker.connect)
            self.connected.set()
            self.reader.feed(self._take)
            await self._patiently(self.broker.start)
        except Exception as error:
            log.critical("Cannot read", action="loop_broke", loop="join", exc_info=error)
            self.stop.set()
            raise
        log.info(
            "The worker works", action="worker_started", consumes=sorted(e.topic for e in self.stage.consumes)
        )

    async def _serve(self) -> None:
        if self.settings.http_port < 0:
            await self.stop.wait()
            return
        app = routes(self.health, self.telemetry.registry)
        await Server(app, self.settings.http_host, self.settings.http_port).serve_until(self.stop)

    async def _wind_down(self, loops: Sequence[asyncio.Task[None]]) -> None:
        log.info("The worker stops", action="worker_stopping", under_way=len(self.dispatcher.under_way))
        dispatch, *others = loops
        self.reader.hold(held=True)
        await end([dispatch])  # nothing new is leased from here on
        await self.dispatcher.drain(self.settings.grace_seconds)
        await end(others)
        with suppress(TimeoutError):
            await asyncio.wait_for(self.broker.stop(), 5)

    # Loops

    async def _forever(self, name: str, step: Callable[[], Awaitable[None]]) -> None:
        """Repeat a step. A wrong world slows it down; anything else is a bug and ends the worker."""
        pause = 0.2
        while True:
            self.health.turned(name)
            try:
                await step()
                pause = 0.2
            except Exception as error:
                if not is_world(error):
                    log.critical("A loop broke", action="loop_broke", loop=name, exc_info=error)
                    self.stop.set()
                    raise
                log.warning("Waiting for the world", action="loop_waits", loop=name, error=words_of(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5)

    async def _dispatch(self) -> None:
        await self.dispatcher.step()
        self.health.answered("postgres")

    async def _relay(self) -> None:
        await self.connected.wait()
        await self.relay.run(self.dispatcher.recorded, self.settings.idle_seconds)

    async def _govern(self) -> None:
        """Stop reading while there is more to do than a worker should hold; Kafka keeps the rest."""
        await asyncio.sleep(0.5)
        self.health.turned("relay")  # it beats only when it changes hands; that it waits is no fault
        limit = self.settings.max_pending
        async with self.pool.acquire() as connection:
            self.overfull = await inbox.depth(connection, limit + 1) > limit
        self.reader.hold(held=self.overfull or bool(self.health.blocked))
        self.health.joined = self.reader.joined
        if self.dispatcher.flooded or self.dispatcher.probe_at is not None:
            self.health.blocked = "blocked: flood" if self.dispatcher.flooded else "blocked: credentials"
        elif self.health.blocked == "blocked: credentials":
            self.health.blocked = ""

    async def _sweep(self) -> None:
        async with self.pool.acquire() as connection:
            closed = await runs.sweep(connection)
            if closed:
                log.warning("The sweep closed runs", action="sweep_closed", runs=closed)
            await self._measure(connection)
            for statement in PRUNE:
                await connection.execute(statement, int(self.settings.keep_days))
        if await can_reach(self.settings):
            self.health.answered("kafka")
        await asyncio.sleep(self.settings.sweep_seconds)

    async def _measure(self, connection: asyncpg.pool.PoolConnectionProxy) -> None:
        rows = await connection.fetch(inbox.STATES)
        counts = {row["state"]: row["rows"] for row in rows}
        for state in ("pending", "leased"):
            self.telemetry.inbox.labels(self.stage.name, state).set(counts.get(state, 0))
        self.telemetry.outbox_age.labels(self.stage.name).set(await outbox.age_seconds(connection))

    # Reading

    async def _take(self, batch: Sequence[Raw]) -> None:
        """Take in a batch; raising makes FastStream rewind to it."""
        try:
            await self.intake.take(batch)
        except Flood as flood:
            await self._stand_still(flood)
            raise
        except Exception as error:
            if not is_world(error):
                log.exception("A batch could not be taken in", action="intake_broke")
            await asyncio.sleep(0.5)
            raise
        self.health.answered("kafka")
        self.dispatcher.arrived.set()
        self.dispatcher.recorded.set()  # a batch may have put events into the outbox

    async def _stand_still(self, flood: Flood) -> None:
        self.health.blocked = "blocked: flood"
        self.reader.hold(held=True)
        self.telemetry.blocked.labels(self.stage.name, "flood").set(1)
        log.critical(
            "The stage stands still until it is restarted", action="stage_flooded", reason=str(flood)
        )
        async with self.pool.acquire() as connection:
            await gates.shut(connection, "flood", str(flood)[:1000])

    async def _forget_flood(self) -> None:
        async with self.pool.acquire() as connection:
            await gates.open_again(connection, "flood")

    async def _patiently(self, step: Callable[[], Awaitable[object]]) -> None:
        """At the start, servers may not be there yet."""
        began = time.monotonic()
        while not self.stop.is_set():
            try:
                await step()
            except Exception as error:
                if not is_world(error):
                    raise
                log.warning("Waiting to start", action="start_waits", error=words_of(error))
                await asyncio.sleep(min(5, 0.5 + (time.monotonic() - began) / 5))
            else:
                return
