"""A packager on real servers, with the simulator as its language model."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import llm
import packager
from contracts.clusters import ClusterEntry, ClusterFormed, Clustering, DealsClustered
from contracts.settings import PackageSettings, Redo
from local import Endpoints
from objects import put_content
from packager.adapters import LlmPlanner, PostgresPackages, PostgresRuns, StoredDeals, StoredManifests
from packager.app import build
from packager.handler import Planner
from packager.settings import Settings
from runtime import Stage
from simulator.testing import Simulator, running
from tests.packager.fakes import EqualRates
from tests.samples import NOWHERE, RUN_ID
from tests.stages import StageBench, open_bench

MIGRATIONS = Path(packager.__file__).parent / "migrations"


@dataclass
class Bench:
    stage: StageBench
    model: llm.LanguageModel
    simulator: Simulator

    def build(self, planner: Planner | None = None) -> Stage:
        pool, store = self.stage.pool, self.stage.store
        return build(
            Settings(runtime=self.stage.settings),
            deals=StoredDeals(store),
            planner=planner or LlmPlanner(self.model, "assort-simulator-1", 8192),
            packages=PostgresPackages(pool),
            manifests=StoredManifests(store),
            runs=PostgresRuns(pool),
            budgets=llm.Ledger(pool),
            rates=EqualRates(),
        )

    async def manifest(
        self,
        *clusters: ClusterFormed,
        revision: int = 1,
        redo: Redo = "nothing",
        settings: PackageSettings | None = None,
    ) -> DealsClustered:
        entries = tuple(ClusterEntry(cluster_id=each.cluster_id, revision=each.revision) for each in clusters)
        clustering = Clustering(snapshot=NOWHERE, clusters=entries)
        prefix = f"{self.stage.tenant}/manifests"
        reference = await put_content(self.stage.store, prefix, clustering.canonical(), count=len(entries))
        return DealsClustered(
            tenant=self.stage.tenant,
            run_id=RUN_ID,
            revision=revision,
            clustering=reference,
            clusters=len(entries),
            redo=redo,
            settings=settings or PackageSettings(),
        )


@pytest.fixture
async def bench(servers: Endpoints, database: str) -> AsyncIterator[Bench]:
    others = {"llm": llm.MIGRATIONS}
    async with (
        running() as simulator,
        open_bench(servers, database, "packager", MIGRATIONS, others) as stage,
    ):
        settings = llm.LlmSettings(llm_profile="simulator", llm_base_url=simulator.base_url)
        model = llm.LanguageModel(settings, stage.store, llm.Ledger(stage.pool))
        yield Bench(stage, model, simulator)
        await model.close()
