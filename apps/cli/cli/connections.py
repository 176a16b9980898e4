"""The three servers, opened for one command. Their libraries load only when a command needs them."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol
from urllib.parse import urlsplit

import asyncpg

from cli.environment import required
from cli.errors import CliError, Exit
from contracts import Event, Reference

CONNECT_SECONDS = 5
KAFKA_SECONDS = 20

Connection = asyncpg.Connection


class Publisher(Protocol):
    """Returns when Kafka has it all."""

    async def publish(self, events: Sequence[Event]) -> None: ...

    async def withdraw(self, event: type[Event], keys: Sequence[str]) -> None: ...


class Store(Protocol):
    """What the commands need of the object store."""

    async def get(self, key: str) -> bytes: ...

    async def exists(self, key: str) -> bool: ...

    async def list(self, prefix: str) -> list[str]: ...


@asynccontextmanager
async def open_views() -> AsyncIterator[Connection]:
    """The views in the schema `read`, and nothing else: this connection cannot write."""
    connection = await _connect(required("POSTGRES_READ_DSN", "POSTGRES_DSN"))
    try:
        await connection.set_type_codec(
            "jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog", format="text"
        )
        yield connection
    finally:
        await connection.close()


async def _connect(dsn: str) -> Connection:
    place = _place(dsn)
    try:
        return await asyncpg.connect(
            dsn,
            timeout=CONNECT_SECONDS,
            server_settings={"default_transaction_read_only": "on", "search_path": "read"},
        )
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
        raise CliError(
            f"Postgres at {place} refuses: {error}; check POSTGRES_READ_DSN", Exit.NO_SERVER
        ) from error
    except (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError) as error:
        raise CliError(
            f"Postgres at {place} does not answer: start it with `make up`", Exit.NO_SERVER
        ) from error


def open_store() -> Store:
    from objects import ObjectSettings, open_objects  # noqa: PLC0415 - loads boto3

    required("STORAGE_BACKEND", "S3_ENDPOINT")
    return open_objects(ObjectSettings())


def open_bucket(bucket: str) -> Store:
    """Where the log of a run may have been moved to, whatever the store of the services is."""
    import objects  # noqa: PLC0415 - loads boto3

    return objects.open_bucket(objects.ObjectSettings(), bucket)


@asynccontextmanager
async def open_index() -> AsyncIterator[asyncpg.Pool]:
    """With the rights of the services: for the one command that changes where the log of a run is."""
    dsn = required("POSTGRES_DSN")
    try:
        pool = await asyncpg.create_pool(dsn, timeout=CONNECT_SECONDS, min_size=2, max_size=8)
    except (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError) as error:
        raise CliError(
            f"Postgres at {_place(dsn)} does not answer: start it with `make up`", Exit.NO_SERVER
        ) from error
    async with pool:
        yield pool


async def store_list(folder: str, body: bytes, count: int) -> Reference:
    """Keep a list that is too long for an event."""
    from objects import ObjectSettings, open_objects, put_content  # noqa: PLC0415 - loads boto3

    required("STORAGE_BACKEND", "S3_ENDPOINT")
    return await put_content(open_objects(ObjectSettings()), folder, body, count=count)


async def store_content(folder: str, body: bytes, count: int, *, suffix: str) -> Reference:
    """Keep a file under its content."""
    from objects import ObjectSettings, open_objects, put_content  # noqa: PLC0415 - loads boto3

    required("STORAGE_BACKEND", "S3_ENDPOINT")
    return await put_content(open_objects(ObjectSettings()), folder, body, count=count, suffix=suffix)


@asynccontextmanager
async def publishing(*events: type[Event]) -> AsyncIterator[Publisher]:
    from runtime import RuntimeSettings, open_publisher  # noqa: PLC0415 - loads FastStream

    servers = required("KAFKA_SERVERS")
    opened = open_publisher(RuntimeSettings(), "cli", events)
    try:
        async with asyncio.timeout(KAFKA_SECONDS):
            publisher = await opened.__aenter__()
    except TimeoutError as error:
        raise CliError(
            f"Kafka at {servers} does not answer: start it with `make up`", Exit.NO_SERVER
        ) from error
    try:
        yield publisher
    finally:
        await opened.__aexit__(None, None, None)


async def publish(*events: Event) -> None:
    """A few events, on a connection of their own."""
    async with publishing(*{type(event) for event in events}) as publisher:
        await publisher.publish(events)


def _place(dsn: str) -> str:
    """Without user and password."""
    parts = urlsplit(dsn)
    return f"{parts.hostname}:{parts.port or 5432}{parts.path}"
