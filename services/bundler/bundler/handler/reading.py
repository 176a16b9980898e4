"""Frozen products, order books and results in the object store."""

import asyncio
import io
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from bundling.catalog import Catalog
from bundling.mining import Pairs
from bundling.orders import OrderBook
from contracts import Entity, Reference, WorkFailed
from contracts.deals import Snapshot
from contracts.product import Product
from objects import ObjectStore, get_content, put_content

E = TypeVar("E", bound=Entity)
FOLDER = "bundles"


@dataclass(frozen=True, slots=True)
class Store:
    objects: ObjectStore

    async def read(self, kind: type[E], reference: Reference) -> E:
        return kind.read(await get_content(self.objects, reference))

    async def body(self, reference: Reference) -> bytes:
        return await get_content(self.objects, reference)

    async def keep(self, tenant: str, value: Entity, count: int) -> Reference:
        return await put_content(self.objects, f"{tenant}/{FOLDER}", value.canonical(), count=count)

    async def keep_lines(self, tenant: str, lines: bytes, count: int) -> Reference:
        return await put_content(self.objects, f"{tenant}/bodies", lines, count=count, suffix=".jsonl")

    async def keep_csv(self, tenant: str, body: bytes, count: int) -> Reference:
        return await put_content(self.objects, f"{tenant}/uploads", body, count=count, suffix=".csv")

    async def keep_book(self, tenant: str, book: OrderBook) -> Reference:
        body = await asyncio.to_thread(book.to_bytes)
        return await put_content(self.objects, f"{tenant}/orders", body, count=book.orders, suffix=".npz")

    async def book(self, reference: Reference) -> OrderBook:
        return await asyncio.to_thread(OrderBook.from_bytes, await self.body(reference))

    async def keep_pairs(self, tenant: str, pairs: Pairs) -> Reference:
        body = await asyncio.to_thread(pairs.to_bytes)
        return await put_content(self.objects, f"{tenant}/pairs", body, count=len(pairs.left), suffix=".npz")

    async def pairs(self, reference: Reference) -> Pairs:
        return await asyncio.to_thread(Pairs.from_bytes, await self.body(reference))

    async def catalog(self, snapshot: Snapshot) -> Catalog:
        shards = [
            (await self.body(shard.bodies), await self.body(shard.vectors)) for shard in snapshot.shards
        ]
        return await asyncio.to_thread(_catalog, shards)

    async def names(self, snapshot: Snapshot) -> list[str]:
        bodies = await asyncio.gather(*(self.body(shard.bodies) for shard in snapshot.shards))
        return [Product.read(body).item_id for lines in bodies for body in lines.splitlines()]

    async def snapshot_if_readable(self, reference: Reference) -> Snapshot | None:
        """None: not even the list of its parts can be read."""
        try:
            return await self.read(Snapshot, reference)
        except WorkFailed:
            return None


def _catalog(shards: list[tuple[bytes, bytes]]) -> Catalog:
    products = [Product.read(body) for lines, _ in shards for body in lines.splitlines()]
    vectors = [np.load(io.BytesIO(body), allow_pickle=False) for _, body in shards]
    return Catalog.of(products, np.concatenate(vectors) if vectors else np.empty((0, 0), np.float32))
