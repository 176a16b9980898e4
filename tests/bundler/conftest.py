"""A bundler on real servers, with the simulator as its language model."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import bundler
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
)
from bundler.app import build
from bundler.handler.ports import Explorer
from bundler.settings import Settings
from local import Endpoints
from runtime import Cpu, Stage
from runtime.cpu import open_cpu
from simulator.testing import Simulator, running
from tests.stages import StageBench, open_bench

MIGRATIONS = Path(bundler.__file__).parent / "migrations"


@dataclass
class Bench:
    stage: StageBench
    model: llm.LanguageModel
    simulator: Simulator
    cpu: Cpu
    explorer: ProcessExplorer

    def build(self, explorer: Explorer | None = None, **sizes: int) -> Stage:
        pool, store, ledger = self.stage.pool, self.stage.store, llm.Ledger(self.stage.pool)
        return build(
            Settings(runtime=self.stage.settings).model_copy(update=sizes),
            orders=PostgresOrders(pool),
            uploads=PostgresUploads(pool),
            rows=PostgresRows(pool),
            feedback=PostgresFeedback(),
            explorer=explorer or self.explorer,
            miner=ProcessMiner(self.cpu),
            describer=LlmDescriber(self.model),
            objects=store,
            costs=RunCosts(ledger, store),
            budgets=ledger,
        )


@pytest.fixture(scope="session")
def cpu() -> Iterator[Cpu]:
    with open_cpu(1) as opened:
        yield opened


@pytest.fixture(scope="session")
def explorer() -> Iterator[ProcessExplorer]:
    explorer = ProcessExplorer()
    yield explorer
    explorer.close()


@pytest.fixture
async def bench(
    servers: Endpoints, database: str, cpu: Cpu, explorer: ProcessExplorer
) -> AsyncIterator[Bench]:
    others = {"llm": llm.MIGRATIONS}
    async with (
        running() as simulator,
        open_bench(servers, database, "bundler", MIGRATIONS, others) as stage,
    ):
        settings = llm.LlmSettings(llm_profile="simulator", llm_base_url=simulator.base_url)
        model = llm.LanguageModel(settings, stage.store, llm.Ledger(stage.pool))
        yield Bench(stage, model, simulator, cpu, explorer)
        await model.close()
