"""Inputs and cells out of the object store."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from clusterer.domain import Cell, CellResult, FrozenDeals, Stored, frozen_deals, name_of
from contracts import Reference
from contracts.deals import Snapshot, SnapshotShard
from objects import ObjectStore, get_content, put_content


@dataclass(frozen=True, slots=True)
class Inputs:
    store: ObjectStore

    async def snapshot(self, reference: Reference) -> Snapshot:
        return Snapshot.read(await get_content(self.store, reference))

    async def cell(self, reference: Reference) -> Cell:
        return Cell.read(await get_content(self.store, reference))

    async def deals(self, shards: Sequence[SnapshotShard]) -> FrozenDeals:
        bodies = [
            (await get_content(self.store, shard.bodies), await get_content(self.store, shard.vectors))
            for shard in shards
        ]
        return await asyncio.to_thread(frozen_deals, bodies)

    async def names(self, shards: Sequence[SnapshotShard]) -> list[str]:
        names: list[str] = []
        for shard in shards:
            names += map(name_of, (await get_content(self.store, shard.bodies)).splitlines())
        return names


@dataclass(frozen=True, slots=True)
class StoredResults:
    store: ObjectStore

    async def read(self, reference: Reference) -> CellResult:
        return CellResult.read(await get_content(self.store, reference))

    async def write(self, tenant: str, result: CellResult) -> Stored:
        clusters, left = len(result.clusters), len(result.left)
        reference = await put_content(self.store, f"{tenant}/cells", result.canonical(), count=clusters)
        return Stored(result.number, reference, clusters, left)
