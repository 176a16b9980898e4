"""Inputs and results of a run out of the object store."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from contracts import Entity, Reference, WorkFailed
from contracts.deals import Snapshot
from contracts.product import Product
from contracts.segmenting import BatchAsked, BatchTaxonomy, MergedTaxonomy, RefineAsked, RefinedBatch
from contracts.unplaced import Unplaced
from objects import ObjectStore, get_content, put_content
from segmenter.domain.products import Catalog, catalog_of, name_of, products_of
from segmenter.domain.steps import Step

AT_ONCE = 16  # objects under way
FOLDER = "segmentations"

E = TypeVar("E", bound=Entity)


@dataclass(frozen=True, slots=True)
class Extracted:
    """What the first phase came to."""

    found: tuple[BatchTaxonomy, ...]
    failed: tuple[Unplaced, ...]


@dataclass(frozen=True, slots=True)
class Objects:
    store: ObjectStore
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def read(self, kind: type[E], reference: Reference) -> E:
        async with self.room:
            return kind.read(await get_content(self.store, reference))

    async def keep(self, tenant: str, value: Entity, count: int) -> Reference:
        async with self.room:
            return await put_content(self.store, f"{tenant}/{FOLDER}", value.canonical(), count=count)

    async def keep_lines(self, tenant: str, lines: bytes, count: int) -> Reference:
        async with self.room:
            return await put_content(self.store, f"{tenant}/bodies", lines, count=count, suffix=".jsonl")

    async def products(self, bodies: Reference) -> list[Product]:
        return products_of(await get_content(self.store, bodies))

    async def names(self, snapshot: Snapshot) -> list[str]:
        bodies = await asyncio.gather(*(get_content(self.store, shard.bodies) for shard in snapshot.shards))
        return [name_of(body) for lines in bodies for body in lines.splitlines()]

    async def catalog(self, snapshot: Snapshot) -> Catalog:
        shards = [
            (await get_content(self.store, shard.bodies), await get_content(self.store, shard.vectors))
            for shard in snapshot.shards
        ]
        return await asyncio.to_thread(catalog_of, shards)

    async def catalog_if_readable(self, snapshot: Reference) -> tuple[Snapshot, Catalog | None] | None:
        """None: not even the list of its parts can be read."""
        try:
            found = await self.read(Snapshot, snapshot)
        except WorkFailed:
            return None
        try:
            return found, await self.catalog(found)
        except WorkFailed:
            return found, None

    async def extracted(self, steps: Sequence[Step]) -> Extracted:
        first = [step for step in steps if step.opened.phase == "segmentation"]
        done = [step.settled.result for step in first if step.settled.result is not None]
        lost = [step for step in first if step.settled.result is None]
        found = await asyncio.gather(*(self.read(BatchTaxonomy, result) for result in done))
        failed = await asyncio.gather(*map(self._products_of, lost))
        return Extracted(tuple(found), tuple(one for some in failed for one in some))

    async def merged(self, steps: Sequence[Step]) -> dict[int, MergedTaxonomy]:
        results = [
            step.settled.result
            for step in steps
            if step.opened.phase == "consolidate_taxonomy" and step.settled.result is not None
        ]
        found = await asyncio.gather(*(self.read(MergedTaxonomy, result) for result in results))
        return {one.number: one for one in found}

    async def refined(self, steps: Sequence[Step]) -> list[tuple[RefineAsked, RefinedBatch]]:
        done = [
            (step.opened.asked, step.settled.result)
            for step in steps
            if step.opened.phase == "refine_assignments" and step.settled.result is not None
        ]
        asked = await asyncio.gather(*(self.read(RefineAsked, each) for each, _ in done))
        answers = await asyncio.gather(*(self.read(RefinedBatch, each) for _, each in done))
        return list(zip(asked, answers, strict=True))

    async def _products_of(self, step: Step) -> list[Unplaced]:
        """Of a batch that came to nothing."""
        asked = await self.read(BatchAsked, step.opened.asked)
        code, words = step.settled.code or "not_segmented", step.settled.words or ""
        return [Unplaced(item_id=item_id, code=code, words=words) for item_id in asked.product_ids]
