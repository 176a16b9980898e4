"""The embedder's ports, in memory and on Postgres, for the suite that holds for both."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from contracts import Reference
from contracts.settings import ClusterSettings, PackageSettings
from contracts.unplaced import Unplaced
from embedder.adapters import PostgresFollowings, PostgresFreezes, PostgresItems, PostgresVectors
from embedder.app import ItemRows, RunRows
from embedder.domain import Asked, Selection, Shard
from embedder.handler.embedding import Vectors
from embedder.handler.following import Followings
from runtime import RunKey, Transaction
from tests.embedder.memory import MemoryFollowings, MemoryFreezes, MemoryItems, MemoryVectors

RUN = RunKey("main", "RUN_1", 1)


@dataclass
class Ports:
    items: ItemRows
    freezes: RunRows
    followings: Followings
    vectors: Vectors
    begin: Callable[[RunKey], AbstractAsyncContextManager[Transaction]]


def in_memory() -> Ports:
    @asynccontextmanager
    async def begin(run: RunKey) -> AsyncIterator[Transaction]:
        yield Transaction(cast("Any", None), run, "")

    vectors, freezes = MemoryVectors(), MemoryFreezes()
    return Ports(MemoryItems(vectors), freezes, MemoryFollowings(freezes), vectors, begin)


def on_postgres(pool: Any) -> Ports:
    @asynccontextmanager
    async def begin(run: RunKey) -> AsyncIterator[Transaction]:
        async with pool.acquire() as connection, connection.transaction():
            yield Transaction(connection, run, "")

    return Ports(
        PostgresItems(pool, "deal"),
        PostgresFreezes(pool),
        PostgresFollowings(pool),
        PostgresVectors(pool),
        begin,
    )


def reference(name: str) -> Reference:
    return Reference(key=f"main/{name}", sha256="0" * 64, bytes=1, count=2)


SELECTION = Selection(
    request_sha256="r",
    shards=(
        Shard("one", reference("b1"), ("x.com/1", "x.com/2")),
        Shard("two", reference("b2"), ("x.com/3",)),
    ),
    failed=(Unplaced(item_id="x.com/4", code="not_published", words="no"),),
    excluded=(Unplaced(item_id="x.com/5", code="withdrawn"), Unplaced(item_id="x.com/6", code="withdrawn")),
    settings=PackageSettings(clusters=ClusterSettings(seed=9)),
    budget_usd=1.5,
    asked=Asked(deal_ids=("x.com/1",)),
    model="m",
    redo="enrichment",
)


async def select(ports: Ports, run: RunKey = RUN, selection: Selection = SELECTION) -> bool:
    async with ports.begin(run) as tx:
        return await ports.freezes.select(tx, selection)
