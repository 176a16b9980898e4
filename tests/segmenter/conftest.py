"""A segmenter on real servers, with the simulator as its language model."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

import llm
import segmenter
from local import Endpoints
from runtime import Cpu, Stage
from runtime.cpu import open_cpu
from segmenter.adapters import LlmAsker, PostgresRows, ProcessGrouper, RunCosts
from segmenter.app import build
from segmenter.handler.ports import Asker
from segmenter.settings import Settings
from simulator.testing import Simulator, running
from tests.segmenter.inputs import products
from tests.stages import StageBench, open_bench

MIGRATIONS = Path(segmenter.__file__).parent / "migrations"


@dataclass
class Bench:
    stage: StageBench
    model: llm.LanguageModel
    simulator: Simulator
    cpu: Cpu

    @asynccontextmanager
    async def asking(self, simulator: Simulator) -> AsyncIterator[LlmAsker]:
        """Asks another simulator than the usual one."""
        settings = llm.LlmSettings(llm_profile="simulator", llm_base_url=simulator.base_url)
        model = llm.LanguageModel(settings, self.stage.store, llm.Ledger(self.stage.pool))
        try:
            yield LlmAsker(model)
        finally:
            await model.close()

    def build(self, asker: Asker | None = None, **sizes: int) -> Stage:
        pool, store, ledger = self.stage.pool, self.stage.store, llm.Ledger(self.stage.pool)
        small = {"products_per_prompt": 10, "taxonomies_per_consolidation": 3, "products_per_refinement": 10}
        settings = Settings(runtime=self.stage.settings).model_copy(update=small | sizes)
        return build(
            settings,
            rows=PostgresRows(pool),
            asker=asker or LlmAsker(self.model),
            grouper=ProcessGrouper(self.cpu),
            store=store,
            costs=RunCosts(ledger, store),
            budgets=ledger,
        )


@pytest.fixture(scope="session")
def cpu() -> Iterator[Cpu]:
    with open_cpu(1) as opened:
        yield opened


@pytest.fixture
async def bench(servers: Endpoints, database: str, cpu: Cpu) -> AsyncIterator[Bench]:
    others = {"llm": llm.MIGRATIONS}
    async with (
        running(gold=products(200)[1]) as simulator,
        open_bench(servers, database, "segmenter", MIGRATIONS, others) as stage,
    ):
        settings = llm.LlmSettings(llm_profile="simulator", llm_base_url=simulator.base_url)
        model = llm.LanguageModel(settings, stage.store, llm.Ledger(stage.pool))
        yield Bench(stage, model, simulator, cpu)
        await model.close()
