"""What the views say of visitors, from feedback and orders as they came."""

from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.bundles import BundleAdded, BundleGenerated, BundlePurchased, BundleViewed, OrderPlaced
from contracts.order import Order, OrderLine
from contracts.runs import RunFinished
from tests.bundler.conftest import Bench
from tests.bundler.inputs import ORDERS, PRODUCTS, frozen, placed

DAY = datetime(2026, 2, 1, tzinfo=UTC)
SEEN = "select count(*) from read.bundle_feedback_v1"


async def test_exposures_say_who_added_bought_or_would_have_bought_anyway(bench: Bench) -> None:
    tenant = bench.stage.tenant
    async with bench.stage.working(bench.build()):
        await bench.stage.send(*placed(ORDERS, tenant))
        query = "select count(*) from read.orders_v1"
        await bench.stage.seen(query, len(ORDERS), what="orders")
        await bench.stage.send(await frozen(bench.stage.store, PRODUCTS, tenant=tenant))
        [finished] = await bench.stage.published(RunFinished)
        [first, *_] = await bench.stage.published(BundleGenerated, finished.counts.bundles)
        told = {"tenant": tenant, "bundle_id": first.bundle.bundle_id, "at": DAY}
        viewers = [("t1", "treatment"), ("t2", "treatment"), ("c1", "control"), ("c2", "control")]
        views = [
            BundleViewed(**told, visitor=name, arm=arm, feedback_id=f"view {name}") for name, arm in viewers
        ]
        both = [
            BundleViewed(**told, visitor="both", arm=arm, feedback_id=f"view both {arm}")
            for arm in ("treatment", "control")
        ]
        bought = BundlePurchased(
            **told, visitor="t1", feedback_id="bought", order_id="x1", bundle_value=20.0, order_value=50.0
        )
        await bench.stage.send(*views, *both, BundleAdded(**told, visitor="t1", feedback_id="add"), bought)
        items = [item.product_id for item in first.bundle.items]
        late = [order("x1", "t1", items, 50.0), order("x2", "c1", [*items, "OUT-1000"], 40.0)]
        early = order("x3", "c2", items, 40.0, days=-2)
        await bench.stage.send(*(OrderPlaced(tenant=tenant, order=one) for one in (*late, early)))
        await bench.stage.seen(SEEN, 8, what="feedback")
        await bench.stage.seen(query, len(ORDERS) + 3, what="orders")

    rows = await bench.stage.rows(
        "select visitor, arm, added, purchased, attached, revenue from read.bundle_exposures_v1 order by 1"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("c1", "control", False, False, True, 0.0),
        ("c2", "control", False, False, False, 0.0),
        ("t1", "treatment", True, True, True, 20.0),
        ("t2", "treatment", False, False, False, 0.0),
    ]
    visitors = await bench.stage.rows(
        "select visitor, arms, orders, value from read.bundle_visitors_v1 order by 1"
    )
    assert [tuple(row.values()) for row in visitors] == [
        ("both", 2, 0, 0.0),
        ("c1", 1, 1, 40.0),
        ("c2", 1, 0, 0.0),
        ("t1", 1, 1, 50.0),
        ("t2", 1, 0, 0.0),
    ]


def order(name: str, visitor: str, items: list[Any], value: float, *, days: int = 1) -> Order:
    lines = tuple(OrderLine(product_id=item, unit_price=value / len(items)) for item in items)
    return Order(order_id=name, placed_at=DAY + timedelta(days=days), lines=lines, visitor=visitor)
