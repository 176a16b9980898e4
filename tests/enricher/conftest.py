"""An enricher on real servers, with the simulator as its language model."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

import enricher
import llm
from contracts import Reference
from contracts.clusters import ClusterEntry, Clustering
from contracts.deal import Deal
from contracts.deals import Snapshot, SnapshotShard
from contracts.packages import FailedCluster, PackageEntry, PackageProposed, Packaging, PackagingClosed
from contracts.rates import load_rates
from contracts.unplaced import Unplaced
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
from enricher.handler.ports import Advisor
from enricher.settings import Settings
from local import Endpoints
from objects import ObjectStore, put_content
from runtime import Stage
from simulator.testing import Simulator, running
from tests.samples import NOWHERE, RUN_ID, keep_bodies
from tests.stages import StageBench, open_bench

RATES = load_rates()
MIGRATIONS = Path(enricher.__file__).parent / "migrations"


@dataclass
class Bench:
    stage: StageBench
    model: llm.LanguageModel
    simulator: Simulator

    def build(self, advisor: Advisor | None = None) -> Stage:
        pool, store = self.stage.pool, self.stage.store
        return build(
            Settings(runtime=self.stage.settings),
            deals=StoredDeals(store),
            advisor=advisor or LlmAdvisor(self.model, "assort-simulator-1", 2048),
            packages=PostgresPackages(pool),
            manifests=StoredManifests(store, RATES),
            runs=PostgresRuns(pool),
            costs=PostgresCosts(pool, store),
            figures=PostgresFigures(pool),
            backfills=PostgresBackfills(pool),
            rates=RATES,
        )

    async def closed(
        self,
        items: Sequence[Deal],
        *packages: PackageProposed,
        failed_clusters: Sequence[FailedCluster] = (),
        not_there: Sequence[Unplaced] = (),
        revision: int = 1,
        made_by: Mapping[UUID, int] | None = None,
    ) -> PackagingClosed:
        """All manifests of a run, and the event that brings them."""
        tenant = self.stage.tenant
        reference = await keep_manifests(
            self.stage.store,
            tenant,
            items,
            packages,
            failed_clusters=failed_clusters,
            not_there=not_there,
            made_by=made_by or {},
        )
        kinds = [each.kind for each in packages]
        return PackagingClosed(
            tenant=tenant,
            run_id=RUN_ID,
            revision=revision,
            packaging=reference,
            packages=kinds.count("package"),
            excluded_packages=kinds.count("excluded"),
            failed_clusters=len(failed_clusters),
        )


async def keep_manifests(
    store: ObjectStore,
    tenant: str,
    items: Sequence[Deal],
    packages: Sequence[PackageProposed],
    *,
    failed_clusters: Sequence[FailedCluster] = (),
    not_there: Sequence[Unplaced] = (),
    made_by: Mapping[UUID, int] | None = None,
) -> Reference:
    async def keep(body: bytes) -> Reference:
        return await put_content(store, f"{tenant}/manifests", body, count=1)

    halves = [half for half in (items[::2], items[1::2]) if half]
    shards = [
        SnapshotShard(bodies=await keep_bodies(store, tenant, half), vectors=NOWHERE) for half in halves
    ]
    snapshot = Snapshot(items=len(items), shards=tuple(shards), model="hash-256", failed=tuple(not_there))
    clusters = {each.cluster_id for each in packages} | {each.cluster_id for each in failed_clusters}
    clustering = Clustering(
        snapshot=await keep(snapshot.canonical()),
        clusters=tuple(ClusterEntry(cluster_id=each, revision=1) for each in sorted(clusters)),
        failed=tuple(not_there),
    )
    entries = [
        PackageEntry(
            package_id=each.package_id,
            cluster_id=each.cluster_id,
            kind=each.kind,
            revision=(made_by or {}).get(each.package_id, 1),
        )
        for each in packages
    ]
    packaging = Packaging(
        clustering=await keep(clustering.canonical()),
        packages=tuple(entries),
        failed_clusters=tuple(failed_clusters),
    )
    return await keep(packaging.canonical())


@pytest.fixture
async def bench(servers: Endpoints, database: str) -> AsyncIterator[Bench]:
    others = {"llm": llm.MIGRATIONS}
    async with (
        running() as simulator,
        open_bench(servers, database, "enricher", MIGRATIONS, others) as stage,
    ):
        settings = llm.LlmSettings(llm_profile="simulator", llm_base_url=simulator.base_url)
        model = llm.LanguageModel(settings, stage.store, llm.Ledger(stage.pool))
        yield Bench(stage, model, simulator)
        await model.close()
