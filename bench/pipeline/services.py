"""Services and the simulator as processes of this machine, for as long as a measurement takes."""

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from cli.simulating import running_simulator
from cli.workers import ONE_OF_EACH, Workers, start_workers
from contracts import Event
from local import LocalServers
from runtime import Publisher

LIMIT_SECONDS = 540
LOOK_SECONDS = 0.2
BATCH = 1000

ARRIVED = "select count(*) from read.items_v1 where tenant = $1"


@dataclass(frozen=True, slots=True)
class Services:
    environment: Mapping[str, str] = field(repr=False)
    workers: Workers


@contextmanager
def services(
    seconds: float, folder: Path, servers: LocalServers, *, gold: Path | None = None, **settings: str
) -> Iterator[Services]:
    """One of each, and answers that take so long. `settings`: environment variables."""
    environment = {
        **os.environ,
        **servers.up().environment(),
        "ENCODER_BACKEND": "hash",
        "LLM_PROFILE": "simulator",
        "LLM_TIMEOUT_SECONDS": "120",
        "LOG_LEVEL": "WARNING",
        "BENCH_FOLDER": str(folder),  # marks the processes
        **settings,
    }
    with running_simulator(seconds, folder, gold=gold) as address:
        workers = start_workers(environment | {"LLM_BASE_URL": address}, ONE_OF_EACH, folder)
        try:
            workers.wait_ready()
            yield Services(environment, workers)
        finally:
            workers.stop()


async def until(
    connection: asyncpg.Connection,
    query: str,
    values: tuple[str, ...],
    is_enough: Callable[[asyncpg.Record], bool],
) -> asyncpg.Record:
    deadline = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < deadline:
        with suppress(asyncpg.UndefinedTableError):
            row = await connection.fetchrow(query, *values)
            if row is not None and is_enough(row):
                return row
        await asyncio.sleep(LOOK_SECONDS)
    raise SystemExit(f"not over after {LIMIT_SECONDS} s")


async def feed(
    publisher: Publisher, connection: asyncpg.Connection, tenant: str, items: Sequence[Event]
) -> None:
    """Publish, and wait until all of them are there."""
    for start in range(0, len(items), BATCH):
        await publisher.publish(items[start : start + BATCH])
    await until(connection, ARRIVED, (tenant,), lambda row: row[0] >= len(items))
