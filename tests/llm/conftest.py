"""Real Postgres, real S3 and HTTP; a tenant of its own for each test, because the bucket is shared."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg
import psycopg
import pytest

from llm import MIGRATIONS, LanguageModel, Ledger, LlmSettings
from local import Endpoints
from objects import ObjectStore, S3Objects
from objects.s3 import S3Place
from runtime.migrate import migrate
from tests.databases import drop_database_now

TABLES = (
    "budget",
    "reservation",
    "bucket",
    "slot",
    "llm_interaction_index",
    "interaction_move",
    "interaction_move_file",
)
Opened = Callable[..., AbstractAsyncContextManager[LanguageModel]]


@pytest.fixture
def tenant() -> str:
    return f"t{uuid4().hex[:12]}"


@pytest.fixture
def store(servers: Endpoints) -> Iterator[ObjectStore]:
    account = servers.s3
    store = S3Objects(S3Place(account.bucket, account.region, account.endpoint, account.key, account.secret))
    yield store
    store.close()


@pytest.fixture(scope="session")
def llm_database(servers: Endpoints) -> Iterator[str]:
    """Made once: to create and migrate one takes longer than most tests."""
    name = f"test_llm_{uuid4().hex[:12]}"
    with psycopg.connect(servers.postgres_dsn, autocommit=True) as admin:
        admin.execute(f"create database {name}")
        dsn = servers.postgres_dsn.rpartition("/")[0] + f"/{name}"
        migrate(dsn, "llm", MIGRATIONS)
        yield dsn
    drop_database_now(servers.postgres_dsn, name)


@pytest.fixture
async def pool(llm_database: str) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(llm_database, min_size=2, max_size=10) as pool:
        await pool.execute(f"truncate {', '.join(f'llm.{table}' for table in TABLES)}")
        yield pool


@pytest.fixture
def ledger(pool: asyncpg.Pool) -> Ledger:
    return Ledger(pool)


@pytest.fixture
def opened(store: ObjectStore, ledger: Ledger) -> Opened:
    """A language model for one provider: `async with opened(base_url, llm_concurrency=2) as model`."""

    @asynccontextmanager
    async def open_model(
        base_url: str, store: ObjectStore = store, **settings: Any
    ) -> AsyncIterator[LanguageModel]:
        settings = {
            "llm_profile": "vllm",
            "llm_timeout_seconds": 5,
            "llm_retry_pause_seconds": 0.02,
            **settings,
        }
        model = LanguageModel(LlmSettings(llm_base_url=base_url, **settings), store, ledger)
        try:
            yield model
        finally:
            await model.close()

    return open_model
