"""The enricher in the real world: `python -m enricher`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import llm
from contracts.rates import load_rates
from enricher.adapters import (
    LlmAdvisor,
    PostgresBackfills,
    PostgresCosts,
    PostgresFigures,
    PostgresPackages,
    PostgresRuns,
    StoredDeals,
    StoredManifests,
)
from enricher.app import build
from enricher.settings import Settings
from objects import open_objects
from runtime import Resources, Stage, serve

MIGRATIONS = Path(__file__).parent / "migrations"


@asynccontextmanager
async def assemble(settings: Settings, resources: Resources) -> AsyncIterator[Stage]:
    store, pool, rates = open_objects(settings.objects), resources.pool, load_rates(settings.rates_file)
    model = llm.LanguageModel(settings.llm, store, llm.Ledger(pool), resources.telemetry.registry)
    try:
        yield build(
            settings,
            deals=StoredDeals(store),
            advisor=LlmAdvisor(model, settings.llm.gemini_model_name, settings.max_output_tokens),
            packages=PostgresPackages(pool),
            manifests=StoredManifests(store, rates),
            runs=PostgresRuns(pool),
            costs=PostgresCosts(pool, store),
            figures=PostgresFigures(pool),
            backfills=PostgresBackfills(pool),
            rates=rates,
        )
    finally:
        await model.close()


def main() -> None:
    settings = Settings()
    serve(
        "enricher",
        settings.runtime,
        partial(assemble, settings),
        migrations=MIGRATIONS,
        others={"llm": llm.MIGRATIONS},
    )


if __name__ == "__main__":
    main()
