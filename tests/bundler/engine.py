"""The bundler's domain on its own: from products and orders to bundles, without servers or processes."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bundler.adapters.orders import book_of
from bundler.domain.beginning import as_of, begun_plan
from bundler.domain.choosing import Found, found_by, work_of
from bundler.domain.records import Begun
from bundling.catalog import Catalog
from bundling.deadline import Deadline
from bundling.generating import combined, explore
from bundling.mining import Baskets, count_pairs
from bundling.shop import Shop
from contracts.bundles import Bundle
from contracts.bundling import BundleSettings
from contracts.deals import Snapshot
from contracts.order import Order
from contracts.product import Product
from encoder import HashEncoder
from objects import MemoryObjects
from tests.bundler.inputs import frozen


@dataclass(frozen=True)
class Made:
    found: Found
    shop: Shop
    seconds: float

    @property
    def bundles(self) -> Sequence[Bundle]:
        return self.found.outcome.bundles

    @property
    def reasons(self) -> dict[str, str]:
        """Of each product that is in no bundle."""
        return {one.item_id: one.code for one in self.found.outcome.excluded if one.item_id != "gone"}


def made(
    products: Sequence[Product],
    orders: Iterable[Order] = (),
    settings: BundleSettings | None = None,
    **brief: Any,
) -> Made:
    event = asyncio.run(frozen(MemoryObjects(), products, settings=settings, **brief))
    assert event.bundles is not None
    began = time.monotonic()
    vectors = HashEncoder().encode([f"{one.name} {one.category or ''}" for one in products] or ["none"])
    catalog, book = Catalog.of(products, vectors[: len(products)]), book_of(orders)
    day = as_of(event.bundles, book, catalog)
    shop = Shop.of(catalog, book, day)
    plan = begun_plan(shop, event.bundles.settings, None)
    begun = Begun(event, plan, None, day, 0)
    work = work_of(begun, shop, count_pairs(Baskets.of(shop.book, cap=event.bundles.settings.basket_cap)))
    explored = combined(list(explore(work, Deadline().within(plan.limit_ms / 1000))), 0.0)
    snapshot = Snapshot(items=len(products), shards=(), model="hash")
    return Made(found_by(begun, snapshot, shop, explored, 0), shop, time.monotonic() - began)
