"""From settings to a running worker: what every service's `__main__` calls."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psycopg

from runtime.cpu import Cpu, open_cpu
from runtime.database import open_pool
from runtime.logs import configure_logs, logger
from runtime.migrate import RUNTIME_MIGRATIONS, migrate
from runtime.settings import RuntimeSettings
from runtime.stage import Stage
from runtime.telemetry import Telemetry
from runtime.worker import Worker
from runtime.world import words_of

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Resources:
    """What a worker lends to its adapters."""

    pool: asyncpg.Pool
    cpu: Cpu
    telemetry: Telemetry


Assemble = Callable[[Resources], AbstractAsyncContextManager[Stage]]


def serve(
    name: str,
    settings: RuntimeSettings,
    assemble: Assemble,
    *,
    migrations: Path,
    others: Mapping[str, Path] | None = None,
) -> None:
    """Migrate, assemble the stage and work until SIGTERM or SIGINT.

    `others`: schemas of libraries that the stage uses, with their migrations.
    """
    configure_logs(name, settings.log_level)
    asyncio.run(_serve(name, settings, assemble, {name: migrations, **(others or {})}))


async def _serve(
    name: str, settings: RuntimeSettings, assemble: Assemble, schemas: Mapping[str, Path]
) -> None:
    await _migrate(name, settings, schemas)
    telemetry = Telemetry(name)
    async with open_resources(name, settings, telemetry) as resources, assemble(resources) as stage:
        worker = Worker(stage, resources.pool, telemetry)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, worker.stop.set)
        await worker.run()


@asynccontextmanager
async def open_resources(
    name: str, settings: RuntimeSettings, telemetry: Telemetry
) -> AsyncIterator[Resources]:
    with open_cpu(settings.cpu_workers) as cpu:
        async with open_pool(settings, name) as pool:
            yield Resources(pool, cpu, telemetry)


async def _migrate(name: str, settings: RuntimeSettings, schemas: Mapping[str, Path]) -> None:
    while True:
        try:
            for schema, folder in schemas.items():
                folders = (RUNTIME_MIGRATIONS, folder) if schema == name else (folder,)
                await asyncio.to_thread(migrate, settings.postgres_dsn, schema, *folders)
        except psycopg.OperationalError as error:
            log.warning("Waiting for Postgres", action="start_waits", error=words_of(error))
            await asyncio.sleep(1)
        else:
            return
