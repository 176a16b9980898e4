"""How good a store's bundles are: by orders kept back, and by what visitors did."""

import io
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from asyncpg import Record

from cli.connections import Connection, Store
from cli.errors import CliError
from contracts.deals import Snapshot
from contracts.product import Product

if TYPE_CHECKING:  # they load numpy and scipy, which no other command waits for
    from bundling.catalog import Catalog
    from bundling.evaluation import Evaluation
    from bundling.orders import OrderBook
    from bundling.performance import Performance

NEWEST = """
select run_id, revision, snapshot, orders from read.bundle_runs_v1
where tenant = $1 and store = $2 and ($3::text is null or run_id = $3) and orders is not null
order by created_at desc limit 1
"""
EXPOSURES = """
select objective, arm, added, purchased, attached, revenue from read.bundle_exposures_v1
where tenant = $1 and store = $2
"""
VISITORS = """
select arm, orders, value from read.bundle_visitors_v1 where tenant = $1 and store = $2 and arms = 1
"""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """No evaluation: the store has too few orders to keep some back. No performance: nobody told anything."""

    run_id: str
    offline: "Evaluation | None"
    online: "Performance | None"


@dataclass(frozen=True, slots=True)
class Question:
    """Run None: the newest of the store."""

    tenant: str
    store: str
    run_id: str | None
    k: int
    seeds: int


async def evaluated(views: Connection, objects: Store, asked: Question) -> Evaluated:
    tenant, store = asked.tenant, asked.store
    row = await views.fetchrow(NEWEST, tenant, store, asked.run_id)
    if row is None:
        raise CliError(
            f"no run of bundles knows orders of the store {store}: `assort run bundles --store {store}`"
        )
    catalog, book = await _shop(objects, row)
    offline = _offline(catalog, book, asked.k, asked.seeds)
    return Evaluated(row["run_id"], offline, await _online(views, tenant, store))


async def _shop(objects: Store, row: Record) -> "tuple[Catalog, OrderBook]":
    import numpy as np  # noqa: PLC0415

    from bundling.catalog import Catalog  # noqa: PLC0415
    from bundling.orders import OrderBook  # noqa: PLC0415

    snapshot = Snapshot.read(await objects.get(row["snapshot"]["key"]))
    products, vectors = [], []
    for shard in snapshot.shards:
        bodies = await objects.get(shard.bodies.key)
        products += [Product.read(body) for body in bodies.splitlines()]
        vectors.append(np.load(io.BytesIO(await objects.get(shard.vectors.key)), allow_pickle=False))
    book = OrderBook.from_bytes(await objects.get(row["orders"]["key"]))
    return Catalog.of(products, np.concatenate(vectors)), book


def _offline(catalog: "Catalog", book: "OrderBook", k: int, seeds: int) -> "Evaluation | None":
    from bundling.evaluation import evaluate  # noqa: PLC0415

    found = evaluate(book, catalog, seeds=range(seeds), k=k)
    return found if found.tested_on else None


async def _online(views: Connection, tenant: str, store: str) -> "Performance | None":
    from bundling.performance import Buyer, Exposure, performance  # noqa: PLC0415

    exposures = [Exposure(**dict(row)) for row in await views.fetch(EXPOSURES, tenant, store)]
    if not exposures:
        return None
    return performance(exposures, [Buyer(**dict(row)) for row in await views.fetch(VISITORS, tenant, store)])


def offline_document(found: "Evaluation | None") -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "k": found.k,
        "trained_on": found.trained_on,
        "tested_on": found.tested_on,
        "results": {one.recommender: asdict(one) for one in found.results},
        "gains": {one.over: asdict(one) for one in found.gains},
    }


def online_document(found: "Performance | None") -> dict[str, Any] | None:
    if found is None:
        return None
    lift, value = found.attach_lift, found.order_value_lift
    return {
        "views": found.conversion.of,
        "added": found.added.count,
        "purchased": found.conversion.count,
        "conversion": found.conversion.interval.mean,
        "attach_rate": found.attached.interval.mean,
        "attach_rate_of_control": found.attached_before.interval.mean if found.attached_before.of else None,
        "attach_rate_lift": [lift.mean, lift.low, lift.high] if lift else None,
        "order_value": found.order_value,
        "order_value_of_control": found.order_value_before,
        "order_value_lift": [value.mean, value.low, value.high] if value else None,
        "objectives": [asdict(one) for one in found.objectives],
    }
