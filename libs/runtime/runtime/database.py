"""The stage's connections to its own schema."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from runtime.settings import RuntimeSettings

Pool = asyncpg.Pool

CONNECT_SECONDS = 10  # a server that is silent, not dead, must not hold a loop up for a minute


@asynccontextmanager
async def open_pool(settings: RuntimeSettings, schema: str) -> AsyncIterator[Pool]:
    pool = await asyncpg.create_pool(
        settings.postgres_dsn,
        min_size=1,
        max_size=settings.postgres_connections,
        timeout=CONNECT_SECONDS,
        command_timeout=30,
        # A transaction that its worker forgot must not hold its locks for ever.
        server_settings={"search_path": schema, "idle_in_transaction_session_timeout": "15000"},
    )
    try:
        yield pool
    finally:
        pool.terminate()


@asynccontextmanager
async def open_session(settings: RuntimeSettings, schema: str) -> AsyncIterator[asyncpg.Connection]:
    """A session of one's own, for a lock that lives as long as it does.

    A frozen worker would keep its session for ever; Postgres ends one that idles, so that another takes over.
    """
    connection = await asyncpg.connect(
        settings.postgres_dsn,
        timeout=CONNECT_SECONDS,
        command_timeout=30,
        server_settings={"search_path": schema, "idle_session_timeout": "10000"},
    )
    try:
        yield connection
    finally:
        connection.terminate()
