"""The object store: bodies of deals, manifests, vectors."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from contracts import InvalidEvent, Reference
from contracts.clusters import Clustering
from contracts.deal import Deal
from contracts.deals import Snapshot
from contracts.packages import Outcome, Packaging
from contracts.rates import Rates
from enricher.domain import Facts, Lost, RunManifests, facts_of
from enricher.domain.quality import Vectors
from objects import ObjectDamaged, ObjectMissing, ObjectStore, get_content, put_content


@dataclass(frozen=True, slots=True)
class StoredDeals:
    store: ObjectStore

    async def read(self, bodies: Reference) -> Sequence[Deal]:
        return [Deal.read(line) for line in (await get_content(self.store, bodies)).splitlines()]


@dataclass(frozen=True, slots=True)
class StoredManifests:
    store: ObjectStore
    rates: Rates

    async def packaging(self, reference: Reference) -> Packaging | Lost:
        try:
            return Packaging.read(await get_content(self.store, reference))
        except (ObjectMissing, ObjectDamaged, InvalidEvent) as error:
            return Lost(error.words)

    async def read(self, reference: Reference) -> RunManifests | Lost:
        try:
            return await self._read(reference)
        except (ObjectMissing, ObjectDamaged, InvalidEvent) as error:
            return Lost(error.words)

    async def vectors(self, manifests: RunManifests) -> Vectors | None:
        try:
            parts = [
                np.load(io.BytesIO(await get_content(self.store, shard.vectors)), allow_pickle=False)
                for shard in manifests.snapshot.shards
            ]
        except (ObjectMissing, ObjectDamaged, ValueError):  # figures are not worth a run that does not end
            return None
        found: Vectors | None = np.concatenate(parts) if parts else None
        return found if found is not None and len(found) == len(manifests.facts) else None

    async def keep(self, tenant: str, outcome: Outcome, items: int) -> Reference:
        return await put_content(self.store, f"{tenant}/manifests", outcome.canonical(), count=items)

    async def _read(self, reference: Reference) -> RunManifests:
        packaging = Packaging.read(await get_content(self.store, reference))
        clustering = Clustering.read(await get_content(self.store, packaging.clustering))
        snapshot = Snapshot.read(await get_content(self.store, clustering.snapshot))
        facts: dict[str, Facts] = {}
        for shard in snapshot.shards:  # one after another: all bodies at once would not fit
            facts.update(facts_of(await get_content(self.store, shard.bodies), self.rates))
        return RunManifests(reference, packaging, clustering, snapshot, facts)
