"""The probe stage on servers that are shared, and on servers that a test may hurt."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

import llm
from local import Endpoints, LocalServers
from runtime.broker import ensure_topics
from simulator.testing import running
from tests.faults.probing import MIGRATIONS, open_model
from tests.packager.conftest import MIGRATIONS as PACKAGER_MIGRATIONS
from tests.packager.conftest import Bench as PackagerBench
from tests.runtime.probe import build
from tests.stages import StageBench, open_bench


@pytest.fixture
async def bench(servers: Endpoints, database: str) -> AsyncIterator[StageBench]:
    async with open_probe(servers, database) as bench:
        yield bench


@pytest.fixture
async def hurt(local_servers: LocalServers) -> AsyncIterator[StageBench]:
    """The probe stage on `local_servers`."""
    endpoints = local_servers.endpoints()
    name = f"test_{uuid.uuid4().hex[:12]}"
    admin = await asyncpg.connect(endpoints.postgres_dsn)
    await admin.execute(f"create database {name}")
    await admin.close()
    dsn = endpoints.postgres_dsn.rpartition("/")[0] + f"/{name}"
    async with open_probe(endpoints, dsn) as bench:
        yield bench


@pytest.fixture
async def packager(servers: Endpoints, database: str) -> AsyncIterator[PackagerBench]:
    """A packager that asks the simulator over HTTP."""
    others = {"llm": llm.MIGRATIONS}
    async with (
        running() as simulator,
        open_bench(servers, database, "packager", PACKAGER_MIGRATIONS, others) as stage,
    ):
        model = open_model(simulator, stage.store, stage.pool)
        yield PackagerBench(stage, model, simulator)
        await model.close()


@asynccontextmanager
async def open_probe(endpoints: Endpoints, database: str) -> AsyncIterator[StageBench]:
    async with open_bench(endpoints, database, "probe", MIGRATIONS) as bench:
        stage = build(bench.settings)
        await ensure_topics(bench.settings, stage.consumes | stage.emits)
        yield bench
