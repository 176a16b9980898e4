import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from embedder.adapters import (
    PostgresFollowings,
    PostgresFreezes,
    PostgresItems,
    PostgresUploads,
    PostgresVectors,
    in_thread,
)
from embedder.app import build
from embedder.settings import Settings
from encoder import load_encoder
from objects import open_objects
from runtime import Resources, Stage, serve

MIGRATIONS = Path(__file__).parent / "migrations"


def main() -> None:
    settings = Settings()

    @asynccontextmanager
    async def assemble(resources: Resources) -> AsyncIterator[Stage]:
        encoder = await asyncio.to_thread(load_encoder, settings.encoder)
        pool = resources.pool
        with in_thread(encoder, settings.further_models) as models:
            await models.default.encode(["the first text takes longer than all later ones"])
            yield build(
                settings,
                deals=PostgresItems(pool, "deal"),
                products=PostgresItems(pool, "product"),
                freezes=PostgresFreezes(pool),
                followings=PostgresFollowings(pool),
                vectors=PostgresVectors(pool),
                uploads=PostgresUploads(pool),
                models=models,
                store=open_objects(settings.objects),
            )

    serve("embedder", settings.runtime, assemble, migrations=MIGRATIONS)


if __name__ == "__main__":
    main()
