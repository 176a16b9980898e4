"""Events of a process that is no stage: written with what they tell of, and brought to Kafka from there."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import NoReturn

import asyncpg

from contracts import Event
from runtime import outbox
from runtime.broker import connect, ensure_topics
from runtime.ending import end
from runtime.logs import logger
from runtime.relay import Relay
from runtime.settings import RuntimeSettings
from runtime.stage import Stage
from runtime.telemetry import Telemetry
from runtime.work import Database, Transaction, run_of
from runtime.world import is_world, words_of

PRUNE = "delete from outbox where sent_at < now() - make_interval(days => $1)"

STOP_SECONDS = 3

log = logger(__name__)


class Delivery:
    """The outbox of a schema that has the runtime's tables. Of several processes, one relays at a time."""

    def __init__(
        self, name: str, settings: RuntimeSettings, events: Sequence[type[Event]], telemetry: Telemetry
    ) -> None:
        self.settings = settings
        self.stage = Stage(name, settings, emits=set(events))
        self.telemetry = telemetry
        self.broker = connect(settings, name, telemetry.registry)
        self.relay = Relay(self.stage, self.broker, telemetry)
        self.recorded = asyncio.Event()
        self.connected = False
        self.starting: asyncio.Task[None] | None = None

    async def put(self, connection: Database, events: Sequence[Event]) -> None:
        """With the transaction that the connection is in, or not at all. Call `wake` when it is committed."""
        if events:
            await outbox.put(Transaction(connection, run_of(events[0]), ""), events, self.stage)

    def wake(self) -> None:
        self.recorded.set()

    async def run(self, pool: asyncpg.Pool) -> None:
        """Relay and prune until cancelled. A wrong world is waited for; anything else is raised."""
        loops = [
            asyncio.create_task(self._forever("relay", self._relay)),
            asyncio.create_task(self._forever("sweep", lambda: self._sweep(pool))),
        ]
        try:
            await asyncio.gather(*loops)
        finally:
            await end(loops)
            await self._disconnect()

    async def _forever(self, name: str, step: Callable[[], Awaitable[None]]) -> NoReturn:
        pause = 0.2
        while True:
            try:
                await step()
                pause = 0.2
            except Exception as error:
                if not is_world(error):
                    log.critical("A loop broke", action="loop_broke", loop=name, exc_info=error)
                    raise
                log.warning("Waiting for the world", action="loop_waits", loop=name, error=words_of(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5)

    async def _relay(self) -> None:
        if not self.connected:
            if self.starting is None or self.starting.done():
                self.starting = asyncio.create_task(self._connect())
            await asyncio.shield(self.starting)  # a client that is cancelled while it starts is never closed
        await self.relay.run(self.recorded, self.settings.idle_seconds)

    async def _connect(self) -> None:
        await ensure_topics(self.settings, self.stage.emits)
        await self.broker.start()
        self.connected = True

    async def _disconnect(self) -> None:
        if self.starting is not None:
            await asyncio.wait([self.starting], timeout=STOP_SECONDS)
            await end([self.starting])
        with suppress(TimeoutError):
            await asyncio.wait_for(self.broker.stop(), STOP_SECONDS)

    async def _sweep(self, pool: asyncpg.Pool) -> None:
        async with pool.acquire() as connection:
            await connection.execute(PRUNE, int(self.settings.keep_days))
            age = await outbox.age_seconds(connection)
            self.telemetry.outbox_age.labels(self.stage.name).set(age)
        await asyncio.sleep(self.settings.sweep_seconds)
