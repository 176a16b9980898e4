from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from clusterer.adapters import PostgresRows, ProcessGrouper
from clusterer.app import build
from clusterer.settings import Settings
from objects import open_objects
from runtime import Resources, Stage, serve

MIGRATIONS = Path(__file__).parent / "migrations"


def main() -> None:
    settings = Settings()

    @asynccontextmanager
    async def assemble(resources: Resources) -> AsyncIterator[Stage]:
        grouper = ProcessGrouper(resources.cpu)
        await grouper.warm_up()
        yield build(
            settings,
            rows=PostgresRows(resources.pool),
            grouper=grouper,
            store=open_objects(settings.objects),
        )

    serve("clusterer", settings.runtime, assemble, migrations=MIGRATIONS)


if __name__ == "__main__":
    main()
