"""The ranker in the real world: `python -m ranker`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import llm
from objects import open_objects
from ranker.adapters import LlmWriter, PostgresKnown, PostgresRows, ProcessMaker, RunCosts
from ranker.app import build
from ranker.settings import Settings
from runtime import Resources, Stage, serve

MIGRATIONS = Path(__file__).parent / "migrations"


@asynccontextmanager
async def assemble(settings: Settings, resources: Resources) -> AsyncIterator[Stage]:
    store, pool, ledger = open_objects(settings.objects), resources.pool, llm.Ledger(resources.pool)
    model = llm.LanguageModel(settings.llm, store, ledger, resources.telemetry.registry)
    try:
        yield build(
            settings,
            known=PostgresKnown(pool),
            rows=PostgresRows(pool),
            writer=LlmWriter(model, settings.llm.gemini_model_name, settings.max_output_tokens),
            maker=ProcessMaker(resources.cpu),
            objects=store,
            costs=RunCosts(ledger, store),
            budgets=ledger,
        )
    finally:
        await model.close()


def main() -> None:
    settings = Settings()
    serve(
        "ranker",
        settings.runtime,
        partial(assemble, settings),
        migrations=MIGRATIONS,
        others={"llm": llm.MIGRATIONS},
    )


if __name__ == "__main__":
    main()
