"""One stage on real servers: its own topics in Kafka, its own database, its own tenant in S3."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from contracts import Event
from local import Endpoints
from objects import S3Objects
from objects.s3 import S3Place
from runtime import RUNTIME_MIGRATIONS, RuntimeSettings, Stage, migrate, open_pool
from runtime.broker import ensure_topics
from runtime.envelope import seal
from runtime.telemetry import Telemetry
from runtime.worker import Worker
from tests.until import until

E = TypeVar("E", bound=Event)


@dataclass
class StageBench:
    name: str
    settings: RuntimeSettings
    pool: asyncpg.Pool
    producer: AIOKafkaProducer
    store: S3Objects
    tenant: str

    @asynccontextmanager
    async def working(self, stage: Stage) -> AsyncIterator[Worker]:
        await ensure_topics(self.settings, stage.consumes | stage.emits)
        worker = Worker(stage, self.pool, Telemetry(self.name))
        running = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            worker.stop.set()
            await asyncio.wait_for(running, 30)

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
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> None:
        await self.producer.send_and_wait(self.settings.kafka_prefix + topic, value, key=key, headers=headers)

    async def published(self, event: type[E], count: int = 1, *, seconds: float = 30) -> list[E]:
        """All events of a topic, once there are `count`."""
        consumer = AIOKafkaConsumer(
            self.settings.kafka_prefix + event.topic,
            bootstrap_servers=self.settings.kafka_servers,
            auto_offset_reset="earliest",
        )
        found: list[E] = []

        async def enough() -> bool:
            for records in (await consumer.getmany(timeout_ms=100)).values():
                found.extend(event.read(record.value) for record in records)
            return len(found) >= count

        await consumer.start()
        try:
            await until(enough, what=f"{count} of {event.topic}", seconds=seconds)
        finally:
            await consumer.stop()
        return found

    async def rows(self, query: str, *args: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.pool.fetch(query, *args)]

    async def value(self, query: str, *args: Any) -> Any:
        return await self.pool.fetchval(query, *args)

    async def seen(self, query: str, expected: object, *, what: str, seconds: float = 20) -> None:
        """Wait until the query's one value is what is expected."""

        async def there() -> bool:
            return bool(await self.value(query) == expected)

        await until(there, what=what, seconds=seconds)


@asynccontextmanager
async def open_bench(
    servers: Endpoints,
    database: str,
    name: str,
    migrations: Path,
    others: Mapping[str, Path] | None = None,
) -> AsyncIterator[StageBench]:
    settings = RuntimeSettings(
        kafka_servers=servers.kafka,
        kafka_prefix=f"t{uuid.uuid4().hex[:10]}.",
        kafka_partitions=2,
        kafka_session_seconds=10,
        postgres_dsn=database,
        http_port=-1,
        idle_seconds=0.02,
        lease_seconds=5,
        park_seconds=0.1,
        park_limit_seconds=0.5,
        sweep_seconds=0.5,
        grace_seconds=2,
    )
    for schema, folder in (others or {}).items():
        await asyncio.to_thread(migrate, database, schema, folder)
    await asyncio.to_thread(migrate, database, name, RUNTIME_MIGRATIONS, migrations)
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(open_pool(settings, name))
        producer = AIOKafkaProducer(bootstrap_servers=servers.kafka, enable_idempotence=True)
        await producer.start()
        stack.push_async_callback(producer.stop)
        store = open_store(servers)
        stack.callback(store.close)
        yield StageBench(name, settings, pool, producer, store, tenant=f"t{uuid.uuid4().hex[:10]}")


@asynccontextmanager
async def open_schema(database: str, name: str, migrations: Path) -> AsyncIterator[asyncpg.Pool]:
    """A stage's tables without the stage."""
    await asyncio.to_thread(migrate, database, name, RUNTIME_MIGRATIONS, migrations)
    async with open_pool(RuntimeSettings(postgres_dsn=database), name) as pool:
        yield pool


def open_store(servers: Endpoints) -> S3Objects:
    account = servers.s3
    return S3Objects(S3Place(account.bucket, account.region, account.endpoint, account.key, account.secret))
