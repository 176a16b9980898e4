"""A frozen input becomes clusters, and a manifest that accounts for every deal of it."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from clusterer.domain import (
    Cluster,
    FrozenDeals,
    by_item,
    form,
    frozen_deals,
    made_by,
    name_of,
    too_few,
    unplaced,
)
from clustering import Grouping, Vectors
from contracts import Event, Reference, WorkFailed
from contracts.clusters import ClusterEntry, ClusterFormed, Clustering, DealsClustered
from contracts.deals import ItemsFrozen, Snapshot
from contracts.settings import ClusterSettings
from objects import ObjectStore, get_content, put_content
from runtime import Failure, RunKey, Transaction

WRITES_AT_ONCE = 16


class Grouper(Protocol):
    """Groups vectors, off the event loop."""

    async def group(self, vectors: Vectors, settings: ClusterSettings) -> Grouping: ...


class Clusters(Protocol):
    """The clusters of runs. One that a revision formed stays that revision's."""

    async def made_by(self, run: RunKey, clusters: Sequence[UUID]) -> Mapping[UUID, int]:
        """Which earlier revisions of the run formed which of these."""
        ...

    async def save(self, tx: Transaction, formed: Sequence[ClusterFormed], manifest: DealsClustered) -> bool:
        """False: the revision has its manifest already; that one stays."""
        ...


@dataclass(frozen=True, slots=True)
class Clustered:
    formed: tuple[ClusterFormed, ...]  # those that no earlier revision formed
    manifest: DealsClustered


@dataclass(frozen=True, slots=True)
class Clusterer:
    clusters: Clusters
    grouper: Grouper
    store: ObjectStore
    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))  # one input in memory

    async def decide(self, frozen: ItemsFrozen) -> Clustered:
        snapshot = Snapshot.read(await get_content(self.store, frozen.snapshot))
        async with self.turn:
            return await self._cluster(frozen, snapshot)

    async def give_up(self, frozen: ItemsFrozen, failure: Failure) -> Clustered:
        """No clusters: every deal of the input has failed."""
        try:
            manifest = await self._all_failed(frozen, failure)
        except WorkFailed:  # the input itself is lost: nobody can name its deals, but the run must end
            manifest = Clustering(snapshot=frozen.snapshot)
        return Clustered((), await self._manifest(frozen, manifest))

    async def record(self, tx: Transaction, frozen: ItemsFrozen, clustered: Clustered) -> Sequence[Event]:
        first = await self.clusters.save(tx, clustered.formed, clustered.manifest)
        return [*clustered.formed, clustered.manifest] if first else []

    async def _all_failed(self, frozen: ItemsFrozen, failure: Failure) -> Clustering:
        snapshot = Snapshot.read(await get_content(self.store, frozen.snapshot))
        names: list[str] = []
        for shard in snapshot.shards:
            names += map(name_of, (await get_content(self.store, shard.bodies)).splitlines())
        return Clustering(
            snapshot=frozen.snapshot,
            failed=by_item(snapshot.failed, unplaced(names, failure.code, failure.words)),
            excluded=snapshot.excluded,
        )

    async def _cluster(self, frozen: ItemsFrozen, snapshot: Snapshot) -> Clustered:
        settings = frozen.settings.clusters
        deals = await self._deals(snapshot)
        grouping = await self.grouper.group(deals.vectors, settings)
        clusters = await asyncio.to_thread(form, deals, grouping, settings)
        revisions = await self._revisions(frozen, clusters)
        formed = await self._formed(
            frozen, [one for one in clusters if revisions[one.cluster_id] == frozen.revision]
        )
        manifest = Clustering(
            snapshot=frozen.snapshot,
            clusters=tuple(ClusterEntry(cluster_id=one, revision=made) for one, made in revisions.items()),
            failed=snapshot.failed,
            excluded=by_item(snapshot.excluded, too_few(deals, grouping, settings)),
        )
        return Clustered(formed, await self._manifest(frozen, manifest))

    async def _deals(self, snapshot: Snapshot) -> FrozenDeals:
        shards = [
            (await get_content(self.store, shard.bodies), await get_content(self.store, shard.vectors))
            for shard in snapshot.shards
        ]
        return await asyncio.to_thread(frozen_deals, shards)

    async def _revisions(self, frozen: ItemsFrozen, clusters: Iterable[Cluster]) -> dict[UUID, int]:
        ids = [cluster.cluster_id for cluster in clusters]
        run = RunKey(frozen.tenant, frozen.run_id, frozen.revision)
        return made_by(ids, await self.clusters.made_by(run, ids), frozen.revision)

    async def _formed(self, frozen: ItemsFrozen, clusters: Sequence[Cluster]) -> tuple[ClusterFormed, ...]:
        """Write the bodies of each, a few at a time."""
        gate = asyncio.Semaphore(WRITES_AT_ONCE)

        async def write(cluster: Cluster) -> ClusterFormed:
            async with gate:
                prefix, count = f"{frozen.tenant}/clusters", len(cluster.deal_ids)
                deals = await put_content(self.store, prefix, cluster.bodies, count=count, suffix=".jsonl")
            return _formed(frozen, cluster, deals)

        return tuple(await asyncio.gather(*map(write, clusters)))

    async def _manifest(self, frozen: ItemsFrozen, clustering: Clustering) -> DealsClustered:
        body = clustering.canonical()
        count = len(clustering.clusters)
        return DealsClustered(
            tenant=frozen.tenant,
            run_id=frozen.run_id,
            revision=frozen.revision,
            clustering=await put_content(self.store, f"{frozen.tenant}/manifests", body, count=count),
            clusters=count,
            failed=len(clustering.failed),
            excluded=len(clustering.excluded),
        )


def _formed(frozen: ItemsFrozen, cluster: Cluster, deals: Reference) -> ClusterFormed:
    return ClusterFormed(
        tenant=frozen.tenant,
        run_id=frozen.run_id,
        revision=frozen.revision,
        cluster_id=cluster.cluster_id,
        deal_ids=cluster.deal_ids,
        deals=deals,
        settings=frozen.settings,
        budget_usd=frozen.budget_usd,
    )
