"""Bodies and manifests in the object store."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts import InvalidEvent, Reference
from contracts.clusters import Clustering
from contracts.deal import Deal
from contracts.packages import Packaging
from objects import ObjectDamaged, ObjectMissing, ObjectStore, get_content, put_content


@dataclass(frozen=True, slots=True)
class StoredDeals:
    store: ObjectStore

    async def read(self, bodies: Reference) -> Sequence[Deal]:
        return [Deal.read(line) for line in (await get_content(self.store, bodies)).splitlines()]


@dataclass(frozen=True, slots=True)
class StoredManifests:
    store: ObjectStore

    async def clustering(self, reference: Reference) -> Clustering:
        return Clustering.read(await get_content(self.store, reference))

    async def clustering_if_readable(self, reference: Reference) -> Clustering | None:
        try:
            return await self.clustering(reference)
        except (ObjectMissing, ObjectDamaged, InvalidEvent):
            return None

    async def keep(self, tenant: str, packaging: Packaging) -> Reference:
        body, count = packaging.canonical(), len(packaging.packages)
        return await put_content(self.store, f"{tenant}/manifests", body, count=count)
