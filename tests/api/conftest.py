"""One database for all tests of the API; each test has a tenant of its own."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator

import asyncpg
import httpx
import pytest

from local import Endpoints
from tests.api.world import Home, Rows, client, migrate_all, serving
from tests.databases import drop_database_now


@pytest.fixture(scope="session")
def home(servers: Endpoints) -> Iterator[Home]:
    name = f"test_api_{uuid.uuid4().hex[:12]}"
    dsn = servers.postgres_dsn.rpartition("/")[0] + f"/{name}"

    async def make() -> None:
        admin = await asyncpg.connect(servers.postgres_dsn)
        await admin.execute(f"create database {name}")
        await admin.close()

    asyncio.run(make())
    migrate_all(dsn)
    read_dsn = servers.postgres_read_dsn.rpartition("/")[0] + f"/{name}"
    yield Home(dsn, read_dsn, servers, prefix=f"t{uuid.uuid4().hex[:10]}.")
    drop_database_now(servers.postgres_dsn, name)


@pytest.fixture
async def rows(home: Home) -> AsyncIterator[Rows]:
    owner = await asyncpg.connect(home.dsn, server_settings={"search_path": "api"})
    yield Rows(owner)
    await owner.close()


@pytest.fixture
async def address(home: Home) -> AsyncIterator[str]:
    async with serving(home.settings()) as found:
        yield found


@pytest.fixture
async def reader(address: str, rows: Rows) -> AsyncIterator[httpx.AsyncClient]:
    async with client(address, await rows.key("read", name="reader")) as found:
        yield found


@pytest.fixture
async def runner(address: str, rows: Rows) -> AsyncIterator[httpx.AsyncClient]:
    async with client(address, await rows.key("run", name="runner")) as found:
        yield found


@pytest.fixture
async def admin(address: str, rows: Rows) -> AsyncIterator[httpx.AsyncClient]:
    async with client(address, await rows.key("admin", name="ops")) as found:
        yield found
