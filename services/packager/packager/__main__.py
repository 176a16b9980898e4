"""The packager in the real world: `python -m packager`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import llm
from contracts.rates import load_rates
from objects import open_objects
from packager.adapters import (
    LlmPlanner,
    PostgresPackages,
    PostgresRuns,
    StoredDeals,
    StoredManifests,
)
from packager.app import build
from packager.settings import Settings
from runtime import Resources, Stage, serve

MIGRATIONS = Path(__file__).parent / "migrations"


@asynccontextmanager
async def assemble(settings: Settings, resources: Resources) -> AsyncIterator[Stage]:
    store, pool, ledger = open_objects(settings.objects), resources.pool, llm.Ledger(resources.pool)
    model = llm.LanguageModel(settings.llm, store, ledger, resources.telemetry.registry)
    try:
        yield build(
            settings,
            deals=StoredDeals(store),
            planner=LlmPlanner(model, settings.llm.gemini_model_name, settings.max_output_tokens),
            packages=PostgresPackages(pool),
            manifests=StoredManifests(store),
            runs=PostgresRuns(pool),
            budgets=ledger,
            rates=load_rates(settings.rates_file),
        )
    finally:
        await model.close()


def main() -> None:
    settings = Settings()
    serve(
        "packager",
        settings.runtime,
        partial(assemble, settings),
        migrations=MIGRATIONS,
        others={"llm": llm.MIGRATIONS},
    )


if __name__ == "__main__":
    main()
