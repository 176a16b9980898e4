"""A probe stage on real servers: start workers, send records, see what comes out."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord

from contracts import Event
from local import Endpoints
from runtime import RUNTIME_MIGRATIONS, RuntimeSettings, Stage, migrate, open_pool
from runtime.broker import ensure_topics
from runtime.envelope import seal
from runtime.telemetry import Telemetry
from runtime.worker import Worker
from tests.runtime import probe
from tests.until import until


@dataclass
class Bench:
    """One Assort of its own on the shared servers: its topics have a prefix, its tables a database."""

    settings: RuntimeSettings
    pool: asyncpg.Pool
    producer: AIOKafkaProducer
    workers: list[Worker] = field(default_factory=list)

    async def send(self, *events: Event) -> None:
        for event in events:
            sealed = seal(event, source="test", traceparent=None)
            headers = [(name, value.encode()) for name, value in sealed.headers.items()]
            await self.raw(event.topic, sealed.value, key=sealed.key, headers=headers)

    async def raw(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes = b"key",
        headers: Sequence[tuple[str, bytes | None]] = (),
    ) -> None:
        await self.producer.send_and_wait(self.settings.kafka_prefix + topic, value, key=key, headers=headers)

    @asynccontextmanager
    async def working(self, stage: Stage | None = None) -> AsyncIterator[Worker]:
        worker = Worker(stage or probe.build(self.settings), self.pool, Telemetry("probe"))
        running = asyncio.create_task(worker.run())
        self.workers.append(worker)
        try:
            yield worker
        finally:
            worker.stop.set()
            await asyncio.wait_for(running, 30)

    async def fetch(self, query: str, *args: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.pool.fetch(query, *args)]

    async def value(self, query: str, *args: Any) -> Any:
        return await self.pool.fetchval(query, *args)

    async def published(self, event: type[Event], count: int = 1) -> list["ConsumerRecord[bytes, bytes]"]:
        """All records of a topic, once there are `count`."""
        consumer = AIOKafkaConsumer(
            self.settings.kafka_prefix + event.topic,
            bootstrap_servers=self.settings.kafka_servers,
            auto_offset_reset="earliest",
        )
        found: list[ConsumerRecord[bytes, bytes]] = []

        async def enough() -> bool:
            for records in (await consumer.getmany(timeout_ms=100)).values():
                found.extend(records)
            return len(found) >= count

        await consumer.start()
        try:
            await until(enough, what=f"{count} of {event.topic}")
        finally:
            await consumer.stop()
        return found


@pytest.fixture
async def bench(servers: Endpoints, database: str) -> AsyncIterator[Bench]:
    settings = RuntimeSettings(
        kafka_servers=servers.kafka,
        kafka_prefix=f"t{uuid.uuid4().hex[:10]}.",
        kafka_partitions=2,
        kafka_session_seconds=10,
        postgres_dsn=database,
        http_port=-1,
        idle_seconds=0.02,
        lease_seconds=3,
        park_seconds=0.1,
        park_limit_seconds=0.3,
        sweep_seconds=0.5,
        grace_seconds=2,
    )
    await asyncio.to_thread(migrate, database, "probe", RUNTIME_MIGRATIONS)
    stage = probe.build(settings)
    await ensure_topics(settings, stage.consumes | stage.emits)
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(open_pool(settings, "probe"))
        await pool.execute(probe.TABLES)
        producer = AIOKafkaProducer(bootstrap_servers=servers.kafka, enable_idempotence=True)
        await producer.start()
        stack.push_async_callback(producer.stop)
        yield Bench(settings, pool, producer)
