"""The segmenter in the real world: `python -m segmenter`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import llm
from objects import open_objects
from runtime import Resources, Stage, serve
from segmenter.adapters import LlmAsker, PostgresRows, ProcessGrouper, RunCosts
from segmenter.app import build
from segmenter.settings import Settings

MIGRATIONS = Path(__file__).parent / "migrations"


@asynccontextmanager
async def assemble(settings: Settings, resources: Resources) -> AsyncIterator[Stage]:
    store, pool, ledger = open_objects(settings.objects), resources.pool, llm.Ledger(resources.pool)
    model = llm.LanguageModel(settings.retrying_llm, store, ledger, resources.telemetry.registry)
    try:
        yield build(
            settings,
            rows=PostgresRows(pool),
            asker=LlmAsker(model),
            grouper=ProcessGrouper(resources.cpu),
            store=store,
            costs=RunCosts(ledger, store),
            budgets=ledger,
        )
    finally:
        await model.close()


def main() -> None:
    settings = Settings()
    serve(
        "segmenter",
        settings.runtime,
        partial(assemble, settings),
        migrations=MIGRATIONS,
        others={"llm": llm.MIGRATIONS},
    )


if __name__ == "__main__":
    main()
