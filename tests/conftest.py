"""Real servers for all tests, and a word at the end about what the run took."""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from local import Endpoints, LocalServers
from tests.databases import drop_database
from tests.memory import MemoryWatch
from tests.servers import start_servers, sweep_dead_runs, temporary_servers

SERVERS = {"servers", "private_servers", "local_servers", "shared_pipeline"}
# Of no unit, or with real data and a real model: they take longer than one likes to wait.
SLOW = (
    "tests/architecture/",
    "tests/docs/",
    "tests/local/",
    "tests/e2e/",
    "tests/chaos/",
    "tests/faults/",
    "tests/cli/test_scenarios.py",
    "tests/bundler/test_spark.py::TestOnSpark",
    "tests/bundling/test_online_retail.py",
    "tests/clustering/test_clinc.py",
    "tests/clustering/test_demo_deals.py",
    "tests/encoder/test_transformer.py",
    "tests/packager/test_fuzz.py",
    "tests/segmenter/test_confidence.py",
    "tests/segmenter/test_fuzz.py",
)
STRAY = ("KAFKA_", "POSTGRES_", "S3_", "STORAGE_", "LLM_", "OPENAI_", "GEMINI_")

# The machine is shared: how long one example takes says nothing.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")

began = pytest.StashKey[float]()
memory = pytest.StashKey[MemoryWatch]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--unit", action="store_true", help="only tests that need no server")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--unit"):
        return
    kept = [item for item in items if needs_no_server(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def needs_no_server(item: pytest.Item) -> bool:
    needed = set(getattr(item, "fixturenames", ()))
    return not needed & SERVERS and not item.nodeid.startswith(SLOW)


def pytest_sessionstart(session: pytest.Session) -> None:
    # Like Ctrl-C: fixtures are torn down, so that no server stays behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    session.config.stash[began] = time.monotonic()
    session.config.stash[memory] = MemoryWatch()
    session.config.stash[memory].start()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    config.stash[memory].stop()
    seconds, peak = time.monotonic() - config.stash[began], config.stash[memory].peak_bytes
    terminalreporter.write_line(f"tests took {seconds:.0f} s, peak memory {peak / 1e9:.1f} GB")


@pytest.fixture(scope="session", autouse=True)
def given_endpoints() -> Iterator[Endpoints | None]:
    """What the environment names is read once; then no test sees a setting that it did not make."""
    given = Endpoints.given(os.environ)
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(STRAY)]:
            patch.delenv(name)
        yield given


@pytest.fixture(scope="session")
def servers(given_endpoints: Endpoints | None) -> Iterator[Endpoints]:
    """Kafka, Postgres and S3 for all tests: given, else containers, else local ones."""
    with ExitStack() as stack:
        yield given_endpoints or start_servers(stack)


@pytest.fixture(scope="session")
def private_servers() -> Iterator[LocalServers]:
    sweep_dead_runs()
    with temporary_servers() as servers:
        yield servers


@pytest.fixture
def local_servers(private_servers: LocalServers) -> LocalServers:
    """Servers that a test may kill, pause and stop: whatever the test before did is repaired first."""
    private_servers.up()
    return private_servers


@pytest.fixture
async def database(servers: Endpoints) -> AsyncIterator[str]:
    """The address of a fresh database, dropped after the test."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    admin = await asyncpg.connect(servers.postgres_dsn)
    try:
        await admin.execute(f"create database {name}")
        yield servers.postgres_dsn.rpartition("/")[0] + f"/{name}"
        await drop_database(admin, name)
    finally:
        await admin.close()


@pytest.fixture
def topic_prefix() -> str:
    """Topics of one test: the broker is shared."""
    return f"t{uuid.uuid4().hex[:10]}."
