"""Frozen products of a made-up shop, and its orders."""

from collections.abc import Sequence
from typing import Any

from cli.demo_shop import demo_orders, demo_products
from contracts.bundles import OrderPlaced
from contracts.bundling import BundlesBrief, BundleSettings
from contracts.deals import ItemsFrozen, Snapshot
from contracts.order import Order
from contracts.product import Product
from objects import ObjectStore, put_content
from tests.segmenter.inputs import GONE, MISSING, shard

RUN_ID = "RUN_20260131T120000Z_b0d1e5aa"
PRODUCTS = demo_products(70)
ORDERS = list(demo_orders(PRODUCTS, 600))


def placed(orders: Sequence[Order], tenant: str) -> list[OrderPlaced]:
    return [OrderPlaced(tenant=tenant, order=order) for order in orders]


async def frozen(
    store: ObjectStore,
    products: Sequence[Product],
    *,
    tenant: str = "main",
    run_id: str = RUN_ID,
    revision: int = 1,
    settings: BundleSettings | None = None,
    **brief: Any,
) -> ItemsFrozen:
    """An input with these products, one without a vector and one that was withdrawn."""
    snapshot = Snapshot(
        items=len(products),
        shards=(await shard(store, products, tenant),) if products else (),
        model="hash",
        failed=(MISSING,),
        excluded=(GONE,),
    )
    stored = await put_content(store, f"{tenant}/snapshots", snapshot.canonical(), count=snapshot.items)
    return ItemsFrozen(
        tenant=tenant,
        run_id=run_id,
        revision=revision,
        kind="product",
        snapshot=stored,
        items=snapshot.items,
        failed=1,
        excluded=1,
        bundles=BundlesBrief(settings=settings or BundleSettings(), **brief),
    )
