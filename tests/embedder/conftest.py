"""An embedder on real servers: its topics have a prefix, its tables a database."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

import embedder
from embedder.adapters import (
    PostgresFollowings,
    PostgresFreezes,
    PostgresItems,
    PostgresUploads,
    PostgresVectors,
    in_thread,
)
from embedder.app import build
from embedder.settings import Settings
from encoder import HashEncoder
from local import Endpoints
from objects import ObjectStore, S3Objects
from objects.s3 import S3Place
from runtime import RUNTIME_MIGRATIONS, RuntimeSettings, Stage, migrate, open_pool
from runtime.broker import ensure_topics
from tests.embedder.ports import Ports, in_memory, on_postgres
from tests.runtime.conftest import Bench

MIGRATIONS = Path(embedder.__file__).parent / "migrations"


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    """The embedder's own schema in a fresh database."""
    await asyncio.to_thread(migrate, database, "embedder", RUNTIME_MIGRATIONS, MIGRATIONS)
    async with open_pool(RuntimeSettings(postgres_dsn=database), "embedder") as opened:
        yield opened


@pytest.fixture
def s3(servers: Endpoints) -> Iterator[S3Objects]:
    account = servers.s3
    store = S3Objects(S3Place(account.bucket, account.region, account.endpoint, account.key, account.secret))
    yield store
    store.close()


@pytest.fixture
def settings(servers: Endpoints, database: str, topic_prefix: str) -> Settings:
    return Settings(
        shard_items=10,
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
def stage(settings: Settings, pool: asyncpg.Pool, s3: ObjectStore) -> Iterator[Stage]:
    with in_thread(HashEncoder()) as models:
        yield build(
            settings,
            deals=PostgresItems(pool, "deal"),
            products=PostgresItems(pool, "product"),
            freezes=PostgresFreezes(pool),
            followings=PostgresFollowings(pool),
            vectors=PostgresVectors(pool),
            uploads=PostgresUploads(pool),
            models=models,
            store=s3,
        )


@pytest.fixture
async def bench(settings: Settings, stage: Stage, pool: asyncpg.Pool) -> AsyncIterator[Bench]:
    await ensure_topics(settings.runtime, stage.consumes | stage.emits)
    async with AsyncExitStack() as stack:
        producer = AIOKafkaProducer(bootstrap_servers=settings.runtime.kafka_servers, enable_idempotence=True)
        await producer.start()
        stack.push_async_callback(producer.stop)
        yield Bench(settings.runtime, pool, producer)


@pytest.fixture(params=["memory", "postgres"])
def ports(request: pytest.FixtureRequest) -> Ports:
    return in_memory() if request.param == "memory" else on_postgres(request.getfixturevalue("pool"))


@pytest.fixture
def postgres(pool: Any) -> Ports:
    return on_postgres(pool)
