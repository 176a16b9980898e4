"""Publishing from outside a stage: people's tools and upstream systems written in Python."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from faststream.kafka import KafkaBroker

from contracts import Event
from runtime.broker import connect, ensure_topics, publish, publish_null
from runtime.envelope import seal
from runtime.settings import RuntimeSettings


class Publisher:
    def __init__(self, broker: KafkaBroker, source: str, prefix: str) -> None:
        self.broker = broker
        self.source = source
        self.prefix = prefix

    async def publish(self, events: Sequence[Event]) -> None:
        """Returns when Kafka has them all."""
        await publish(
            self.broker, [seal(event, source=self.source, traceparent=None) for event in events], self.prefix
        )

    async def withdraw(self, event: type[Event], keys: Sequence[str]) -> None:
        """Send null values: what these keys name is no longer offered."""
        await publish_null(self.broker, self.prefix + event.topic, [key.encode() for key in keys])


@asynccontextmanager
async def open_publisher(
    settings: RuntimeSettings, source: str, events: Sequence[type[Event]]
) -> AsyncIterator[Publisher]:
    """A publisher of these kinds of events; their topics are made if they are missing."""
    await ensure_topics(settings, events)
    broker = connect(settings, source)
    await broker.start()
    try:
        yield Publisher(broker, source, settings.kafka_prefix)
    finally:
        await broker.stop()
