"""The bundler in the real world: `python -m bundler`."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

import llm
from bundler.adapters import (
    LlmDescriber,
    PostgresFeedback,
    PostgresOrders,
    PostgresRows,
    PostgresUploads,
    ProcessExplorer,
    ProcessMiner,
    RunCosts,
    SparkMiner,
)
from bundler.app import build
from bundler.handler.ports import Miner
from bundler.settings import Settings
from objects import open_objects
from runtime import Cpu, Resources, Stage, serve

MIGRATIONS = Path(__file__).parent / "migrations"


@contextmanager
def opened_miner(settings: Settings, cpu: Cpu) -> Iterator[Miner]:
    if settings.mining == "process":
        yield ProcessMiner(cpu)
        return
    miner = SparkMiner.open(settings.spark_master)
    try:
        yield miner
    finally:
        miner.close()


@asynccontextmanager
async def assemble(settings: Settings, resources: Resources) -> AsyncIterator[Stage]:
    store, pool, ledger = open_objects(settings.objects), resources.pool, llm.Ledger(resources.pool)
    model = llm.LanguageModel(settings.llm, store, ledger, resources.telemetry.registry)
    explorer = ProcessExplorer()
    try:
        with opened_miner(settings, resources.cpu) as miner:
            yield build(
                settings,
                orders=PostgresOrders(pool),
                uploads=PostgresUploads(pool),
                rows=PostgresRows(pool),
                feedback=PostgresFeedback(),
                explorer=explorer,
                miner=miner,
                describer=LlmDescriber(model),
                objects=store,
                costs=RunCosts(ledger, store),
                budgets=ledger,
            )
    finally:
        explorer.close()
        await model.close()


def main() -> None:
    settings = Settings()
    serve(
        "bundler",
        settings.runtime,
        partial(assemble, settings),
        migrations=MIGRATIONS,
        others={"llm": llm.MIGRATIONS},
    )


if __name__ == "__main__":
    main()
