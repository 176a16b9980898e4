"""Kafka as an outsider uses it: publishes, listens to everything, and sends again what it heard."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from contracts import Event
from contracts.registry import EVENTS
from runtime.envelope import seal
from tests.chaos.evidence import Record

TOPICS = tuple(contract.topic for contract in EVENTS)
PATIENCE_SECONDS = 60  # a broker may be killed under us


@dataclass(slots=True)
class Bus:
    servers: str
    prefix: str
    producer: AIOKafkaProducer
    heard: dict[str, list[Record]] = field(default_factory=dict)  # by topic
    sent_again: int = 0

    async def publish(self, events: Iterable[Event]) -> None:
        """Sealed once: whatever is tried again has the same bytes."""
        for event in events:
            sealed = seal(event, source="chaos", traceparent=None)
            headers = tuple((name, value.encode()) for name, value in sealed.headers.items())
            await self._send(sealed.topic, sealed.key, sealed.value, headers)

    async def send_again(self, chance: Random) -> None:
        """Any record of any topic, byte for byte."""
        topics = sorted(topic for topic, records in self.heard.items() if records)
        if not topics:
            return
        record = chance.choice(self.heard[chance.choice(topics)])
        await self._send(record.topic, record.key, record.value, record.headers)
        self.sent_again += 1

    async def _send(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]]
    ) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    await self.producer.send_and_wait(
                        self.prefix + topic, value, key=key, headers=list(headers)
                    )
                except KafkaError:
                    await asyncio.sleep(0.5)
                else:
                    return

    async def listen(self) -> None:
        """Until it is cancelled."""
        consumer = self._consumer()
        consumer.subscribe([self.prefix + topic for topic in TOPICS])
        await consumer.start()
        try:
            while True:
                for records in (await consumer.getmany(timeout_ms=300)).values():
                    for record in map(self._record, records):
                        self.heard.setdefault(record.topic, []).append(record)
        finally:
            await consumer.stop()

    async def everything(self) -> list[Record]:
        """All that Kafka holds now, from the first record to the last."""
        consumer = self._consumer()
        consumer.subscribe([self.prefix + topic for topic in TOPICS])
        await consumer.start()
        try:
            ends = await consumer.end_offsets(consumer.assignment())
            found: list[Record] = []
            while any([await consumer.position(place) < end for place, end in ends.items()]):
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    found += map(self._record, records)
            return found
        finally:
            await consumer.stop()

    async def lag(self, group: str) -> int:
        """How many records a stage has not read yet."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.servers)
        consumer = self._consumer()
        await admin.start()
        await consumer.start()
        try:
            offsets = await admin.list_consumer_group_offsets(self.prefix + group)
            ends = await consumer.end_offsets(list(offsets))
            return sum(ends[place] - max(at.offset, 0) for place, at in offsets.items())
        finally:
            await consumer.stop()
            await admin.close()

    def _consumer(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            bootstrap_servers=self.servers, auto_offset_reset="earliest", enable_auto_commit=False
        )

    def _record(self, record: "ConsumerRecord[bytes, bytes]") -> Record:
        topic = record.topic.removeprefix(self.prefix)
        return Record(topic, record.partition, record.offset, record.key, record.value, tuple(record.headers))


@asynccontextmanager
async def open_bus(servers: str, prefix: str) -> AsyncIterator[Bus]:
    producer = AIOKafkaProducer(bootstrap_servers=servers, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        yield Bus(servers, prefix, producer)
    finally:
        await producer.stop()
