"""Brings the outbox to Kafka: one relay per stage at a time, at least once, the same bytes each time."""

import asyncio

from faststream.kafka import KafkaBroker

from objects.failpoints import failpoint
from runtime import outbox
from runtime.broker import publish
from runtime.database import open_session
from runtime.stage import Stage
from runtime.telemetry import Telemetry
from runtime.work import Database

BATCH = 500
STANDBY_SECONDS = 2.0


class Relay:
    def __init__(self, stage: Stage, broker: KafkaBroker, telemetry: Telemetry) -> None:
        self.stage = stage
        self.broker = broker
        self.telemetry = telemetry

    async def run(self, recorded: asyncio.Event, idle_seconds: float) -> None:
        """Hold the stage's relay lock and publish; returns when another worker holds it."""
        async with open_session(self.stage.settings, self.stage.name) as connection:
            if not await outbox.is_relay(connection):
                await asyncio.sleep(STANDBY_SECONDS)
                return
            while True:
                recorded.clear()
                if not await self.step(connection):
                    await _wait(recorded, idle_seconds)

    async def step(self, connection: Database) -> bool:
        waiting = await outbox.unsent(connection, BATCH)
        if not waiting:
            return False
        await publish(self.broker, [one.sealed for one in waiting], self.stage.settings.kafka_prefix)
        await failpoint("after_publish_before_mark")
        await outbox.mark_sent(connection, waiting)
        for one in waiting:
            self.telemetry.sent.labels(self.stage.name, one.sealed.topic).inc()
        return True


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
