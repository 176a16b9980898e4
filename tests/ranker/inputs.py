"""A finished run of packages of made-up deals, and a run of ranking data that stands on it."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from contracts import Event, Reference, derived_id
from contracts.clusters import ClusterEntry, ClusterFormed, Clustering
from contracts.deal import Deal
from contracts.deals import ItemsFrozen, Snapshot
from contracts.packages import (
    Advice,
    Aggregates,
    Outcome,
    PackageEnriched,
    PackageEntry,
    Packaging,
    SafetyView,
)
from contracts.ranking import RankingBrief, RankingSettings
from contracts.runs import RunFinished
from contracts.safety import SafetyRisk
from encoder import HashEncoder
from objects import ObjectStore, put_content
from tests.clusterer.inputs import GONE, made_up_deals, shard
from tests.samples import NOWHERE

PACKAGES_RUN = "RUN_20260301T120000Z_0a1b2c3d"
RUN_ID = "RUN_20260302T090000Z_77c0de11"
IN_CLUSTER, IN_PACKAGE = 14, 6
ADVICE = Advice(description="d", verticals=("v",), use_cases=("u",), recommendations=("r",))


@dataclass(frozen=True)
class Market:
    """Deals of one topic are a cluster, some of a cluster a package."""

    deals: Sequence[Deal]
    clusters: dict[str, list[Deal]] = field(default_factory=dict)
    tenant: str = "main"

    @classmethod
    def of(cls, count: int, tenant: str) -> "Market":
        market = cls(made_up_deals(count), {}, tenant)
        topics: dict[str, list[Deal]] = defaultdict(list)
        for deal in market.deals:
            tier = deal.taxonomy.tier1
            topics[tier.name if tier else ""].append(deal)
        for topic, found in sorted(topics.items()):
            market.clusters.update({f"{topic} {number}": some for number, some in parts(found, IN_CLUSTER)})
        return market

    def formed(self) -> Iterator[ClusterFormed]:
        for name, found in self.clusters.items():
            yield ClusterFormed(
                tenant=self.tenant,
                run_id=PACKAGES_RUN,
                cluster_id=derived_id("cluster", name),
                deal_ids=tuple(deal.item_id for deal in found),
                deals=NOWHERE,
            )

    def enriched(self) -> Iterator[PackageEnriched]:
        for cluster in self.formed():
            for number, some in parts(list(cluster.deal_ids), IN_PACKAGE):
                yield PackageEnriched(
                    tenant=self.tenant,
                    run_id=PACKAGES_RUN,
                    package_id=derived_id("package", cluster.cluster_id, number),
                    cluster_id=cluster.cluster_id,
                    package_name=f"Package {number}",
                    deal_ids=tuple(some),
                    reasoning="They belong together.",
                    aggregates=Aggregates(safety=SafetyView(worst=SafetyRisk.LOW, family_safe=None)),
                    advice=ADVICE,
                    model="assort-simulator-1",
                )

    async def finished(self, store: ObjectStore) -> RunFinished:
        clustering = Clustering(
            snapshot=NOWHERE,
            clusters=tuple(ClusterEntry(cluster_id=one.cluster_id, revision=1) for one in self.formed()),
        )
        packaging = Packaging(
            clustering=await self._keep(store, clustering),
            packages=tuple(
                PackageEntry(package_id=one.package_id, cluster_id=one.cluster_id, kind="package", revision=1)
                for one in self.enriched()
            ),
        )
        outcome = await self._keep(store, Outcome(packaging=await self._keep(store, packaging)))
        return RunFinished(
            tenant=self.tenant, run_id=PACKAGES_RUN, kind="packages", status="completed", outcome=outcome
        )

    async def told(self, store: ObjectStore) -> list[Event]:
        """All that other stages have told of the run of packages."""
        return [*self.formed(), *self.enriched(), await self.finished(store)]

    async def frozen(
        self,
        store: ObjectStore,
        settings: RankingSettings | None = None,
        *,
        run_id: str = RUN_ID,
        revision: int = 1,
        shuffled: int | None = None,
        **brief: Any,
    ) -> ItemsFrozen:
        """`shuffled`: the same deals in another order and in two files."""
        deals = list(self.deals)
        if shuffled is not None:
            random.Random(shuffled).shuffle(deals)  # noqa: S311 - no secret
        half = len(deals) // (1 if shuffled is None else 2)
        files = [some for some in (deals[:half], deals[half:]) if some]
        snapshot = Snapshot(
            items=len(deals),
            shards=tuple([await shard(store, some, self.tenant) for some in files]),
            model=str(HashEncoder.identity),
            excluded=(GONE,),
        )
        kept = await put_content(
            store, f"{self.tenant}/snapshots", snapshot.canonical(), count=snapshot.items
        )
        named = {"packages_run": PACKAGES_RUN, "packages_revision": 1} | brief
        return ItemsFrozen(
            tenant=self.tenant,
            run_id=run_id,
            revision=revision,
            snapshot=kept,
            items=snapshot.items,
            excluded=1,
            ranking=RankingBrief(settings=settings or RankingSettings(), **named),
        )

    async def _keep(self, store: ObjectStore, entity: Any) -> Reference:
        return await put_content(store, f"{self.tenant}/manifests", entity.canonical(), count=1)


def parts(values: list[Any], size: int) -> Iterator[tuple[int, list[Any]]]:
    for number, start in enumerate(range(0, len(values), size)):
        yield number, values[start : start + size]
