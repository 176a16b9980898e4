"""A ranker on real servers, with the simulator as its language model and words counted as its embedder."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

import llm
import ranker
from contracts import Event, loads
from contracts.ranking_data import EmbeddingRequested, RankingOutcome, TextsEmbedded
from contracts.ranking_report import RankingReport
from contracts.runs import RunFinished
from encoder import HashEncoder
from local import Endpoints
from objects import get_content, put_content
from ranker.adapters import LlmWriter, PostgresKnown, PostgresRows, ProcessMaker, RunCosts
from ranker.app import build
from ranker.settings import Settings
from runtime import Cpu, Stage
from runtime.cpu import open_cpu
from simulator.testing import Simulator, running
from tests.clusterer.inputs import npy
from tests.stages import StageBench, open_bench
from tests.until import until

MIGRATIONS = Path(ranker.__file__).parent / "migrations"


@dataclass
class Bench:
    stage: StageBench
    model: llm.LanguageModel
    simulator: Simulator
    cpu: Cpu

    def build(self, model: llm.LanguageModel | None = None) -> Stage:
        pool, store, ledger = self.stage.pool, self.stage.store, llm.Ledger(self.stage.pool)
        return build(
            Settings(runtime=self.stage.settings),
            known=PostgresKnown(pool),
            rows=PostgresRows(pool),
            writer=LlmWriter(model or self.model, "assort-simulator-1", 2048),
            maker=ProcessMaker(self.cpu),
            objects=store,
            costs=RunCosts(ledger, store),
            budgets=ledger,
        )

    @asynccontextmanager
    async def working(self, model: llm.LanguageModel | None = None) -> AsyncIterator[None]:
        """A ranker, and somebody who makes the vectors that it asks for."""
        async with self.stage.working(self.build(model)):
            embedding = asyncio.create_task(self._embed())
            try:
                yield
            finally:
                embedding.cancel()
                await asyncio.gather(embedding, return_exceptions=True)

    async def ended(self, run_id: str, revision: int = 1, *, seconds: float = 60) -> RunFinished:
        query = "select finished::text from ranking_run where (tenant, run_id, revision) = ($1, $2, $3)"

        async def over() -> bool:
            return await self.stage.value(query, self.stage.tenant, run_id, revision) is not None

        await until(over, what=f"the end of {run_id}", seconds=seconds)
        return RunFinished.read(await self.stage.value(query, self.stage.tenant, run_id, revision))

    async def outcome(self, finished: RunFinished) -> RankingOutcome:
        assert finished.outcome is not None
        return RankingOutcome.read(await get_content(self.stage.store, finished.outcome))

    async def dataset(self, finished: RunFinished) -> bytes:
        outcome = await self.outcome(finished)
        assert outcome.dataset is not None
        return await get_content(self.stage.store, outcome.dataset)

    async def report(self, finished: RunFinished) -> RankingReport:
        outcome = await self.outcome(finished)
        assert outcome.report is not None
        return RankingReport.read(await get_content(self.stage.store, outcome.report))

    async def _embed(self) -> None:
        told: set[str] = set()
        while True:
            for request in await self.stage.published(EmbeddingRequested, len(told) + 1, seconds=600):
                if (name := f"{request.key} {request.revision}") not in told:
                    told.add(name)
                    await self.stage.send(await self._embedded(request))

    async def _embedded(self, request: EmbeddingRequested) -> Event:
        texts = loads(await get_content(self.stage.store, request.texts))
        kept = await put_content(
            self.stage.store,
            f"{request.tenant}/vectors",
            npy(HashEncoder().encode(texts)),
            count=len(texts),
            suffix=".npy",
        )
        return TextsEmbedded(
            tenant=request.tenant,
            run_id=request.run_id,
            revision=request.revision,
            texts=request.texts,
            vectors=kept,
        )


@pytest.fixture(scope="session")
def cpu() -> Iterator[Cpu]:
    with open_cpu(1) as opened:
        yield opened


@pytest.fixture
async def bench(servers: Endpoints, database: str, cpu: Cpu) -> AsyncIterator[Bench]:
    others = {"llm": llm.MIGRATIONS}
    async with (
        running() as simulator,
        open_bench(servers, database, "ranker", MIGRATIONS, others) as stage,
    ):
        settings = llm.LlmSettings(llm_profile="simulator", llm_base_url=simulator.base_url)
        model = llm.LanguageModel(settings, stage.store, llm.Ledger(stage.pool))
        yield Bench(stage, model, simulator, cpu)
        await model.close()
