"""Frozen candidates, questions and results in the object store."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from contracts import Entity, Reference, WorkFailed, canonical, loads
from contracts.deal import Deal
from contracts.deals import ItemsFrozen, Snapshot
from contracts.ranking import GraphNode
from objects import ObjectStore, get_content, put_content
from ranker.domain.ground import Ground
from ranker.domain.making import Material
from ranking.files import rendered
from ranking.record import Record

E = TypeVar("E", bound=Entity)
FOLDER = "ranking"
NOTHING = b"[]"


@dataclass(frozen=True, slots=True)
class Store:
    objects: ObjectStore

    async def read(self, kind: type[E], reference: Reference) -> E:
        return kind.read(await get_content(self.objects, reference))

    async def body(self, reference: Reference) -> bytes:
        return await get_content(self.objects, reference)

    async def keep(self, tenant: str, value: Entity, count: int) -> Reference:
        return await put_content(self.objects, f"{tenant}/{FOLDER}", value.canonical(), count=count)

    async def keep_records(self, tenant: str, records: Sequence[Record]) -> Reference:
        body = await asyncio.to_thread(rendered, records)
        return await put_content(self.objects, f"{tenant}/{FOLDER}", body, count=len(records))

    async def keep_texts(self, tenant: str, texts: Sequence[str]) -> Reference:
        return await put_content(self.objects, f"{tenant}/texts", canonical(list(texts)), count=len(texts))

    async def material(self, frozen: ItemsFrozen, snapshot: Snapshot, ground: Ground) -> Material:
        brief = frozen.ranking
        existing = await self.body(brief.existing) if brief and brief.existing else NOTHING
        shards = [
            (await self.body(shard.bodies), await self.body(shard.vectors)) for shard in snapshot.shards
        ]
        return Material(frozen.kind, tuple(shards), snapshot.model, ground, existing)

    async def names(self, frozen: ItemsFrozen, snapshot: Snapshot) -> list[str]:
        """Of all candidates; none where the bodies cannot be read any more."""
        kind = GraphNode if frozen.kind == "node" else Deal
        try:
            bodies = await asyncio.gather(*(self.body(shard.bodies) for shard in snapshot.shards))
        except WorkFailed:
            return []
        return [kind.model_validate(loads(body)).item_id for lines in bodies for body in lines.splitlines()]

    async def snapshot_if_readable(self, reference: Reference) -> Snapshot | None:
        """None: not even the list of its parts can be read."""
        try:
            return await self.read(Snapshot, reference)
        except WorkFailed:
            return None
