"""A clusterer on real servers: its topics have a prefix, its tables a database."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

import clusterer
from clusterer.adapters import PostgresRows, ProcessGrouper
from clusterer.app import build
from clusterer.settings import Settings
from local import Endpoints
from objects import ObjectStore, S3Objects
from objects.s3 import S3Place
from runtime import RUNTIME_MIGRATIONS, Cpu, RuntimeSettings, Stage, migrate, open_pool
from runtime.broker import ensure_topics
from runtime.cpu import open_cpu
from tests.runtime.conftest import Bench

MIGRATIONS = Path(clusterer.__file__).parent / "migrations"


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    """The clusterer's own schema in a fresh database."""
    await asyncio.to_thread(migrate, database, "clusterer", RUNTIME_MIGRATIONS, MIGRATIONS)
    async with open_pool(RuntimeSettings(postgres_dsn=database), "clusterer") as opened:
        yield opened


@pytest.fixture
def s3(servers: Endpoints) -> Iterator[S3Objects]:
    account = servers.s3
    store = S3Objects(S3Place(account.bucket, account.region, account.endpoint, account.key, account.secret))
    yield store
    store.close()


@pytest.fixture(scope="session")
def cpu() -> Iterator[Cpu]:
    with open_cpu(1) as opened:
        yield opened


@pytest.fixture
def settings(servers: Endpoints, database: str, topic_prefix: str) -> Settings:
    return Settings(
        runtime=RuntimeSettings(
            kafka_servers=servers.kafka,
            kafka_prefix=topic_prefix,
            kafka_partitions=2,
            kafka_session_seconds=10,
            postgres_dsn=database,
            http_port=-1,
            idle_seconds=0.02,
            lease_seconds=5,
            park_seconds=0.1,
            park_limit_seconds=0.3,
            sweep_seconds=0.5,
            grace_seconds=2,
        ),
    )


@pytest.fixture
def stage(settings: Settings, pool: asyncpg.Pool, s3: ObjectStore, cpu: Cpu) -> Stage:
    return build(settings, rows=PostgresRows(pool), grouper=ProcessGrouper(cpu), store=s3)


@pytest.fixture
async def bench(settings: Settings, stage: Stage, pool: asyncpg.Pool) -> AsyncIterator[Bench]:
    await ensure_topics(settings.runtime, stage.consumes | stage.emits)
    async with AsyncExitStack() as stack:
        producer = AIOKafkaProducer(bootstrap_servers=settings.runtime.kafka_servers, enable_idempotence=True)
        await producer.start()
        stack.push_async_callback(producer.stop)
        yield Bench(settings.runtime, pool, producer)
