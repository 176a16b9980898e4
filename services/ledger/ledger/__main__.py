"""The ledger in the real world: `python -m ledger`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from ledger.adapters import PostgresChanges, PostgresLetters, PostgresLog, PostgresRuns, RunMetrics
from ledger.app import build
from ledger.settings import Settings
from runtime import Resources, Stage, serve

MIGRATIONS = Path(__file__).parent / "migrations"


@asynccontextmanager
async def assemble(settings: Settings, resources: Resources) -> AsyncIterator[Stage]:
    yield build(
        settings,
        log=PostgresLog(),
        runs=PostgresRuns(),
        letters=PostgresLetters(),
        changes=PostgresChanges(),
        figures=RunMetrics(resources.telemetry.registry),
    )


def main() -> None:
    settings = Settings()
    serve("ledger", settings.runtime, partial(assemble, settings), migrations=MIGRATIONS)


if __name__ == "__main__":
    main()
