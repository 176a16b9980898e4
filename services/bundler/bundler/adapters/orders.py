"""Orders as rows."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

import asyncpg

from bundling.orders import NOT_SAID, OrderBook, Sale
from contracts.order import Order
from contracts.states import Item, ItemName
from runtime import Transaction

AT_ONCE: Final = 5_000  # rows that travel together

# Rows are made first and locked second, in one order for all: so batches that share orders take turns.
MEET: Final = """
insert into placed_order (tenant, order_name)
select * from unnest($1::text[], $2::text[]) on conflict do nothing
"""

LOCK: Final = """
select o.tenant, o.order_name, o.withdrawn, o.version, o.timestamp_ms, o.record_offset, o.content_sha256
from unnest($1::text[], $2::text[]) as named (tenant, order_name)
join placed_order o using (tenant, order_name) order by o.tenant, o.order_name for update of o
"""

SAVE: Final = """
update placed_order
set withdrawn = $3, version = $4, timestamp_ms = $5, record_offset = $6, content_sha256 = $7, store = $8,
    order_id = $9, placed_ms = $10, currency = $11, visitor = $12, cancelled = $13, product_ids = $14,
    quantities = $15, amounts = $16
where (tenant, order_name) = ($1, $2)
"""

WITHDRAW: Final = """
update placed_order set withdrawn = true, timestamp_ms = $3, record_offset = $4
where (tenant, order_name) = ($1, $2)
"""

BOOK: Final = """
select order_id, placed_ms, coalesce(currency, '') as currency, product_ids, quantities, amounts
from placed_order
where (tenant, store) = ($1, $2) and not withdrawn and not cancelled
"""


class PostgresOrders:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def lock(self, tx: Transaction, names: Sequence[ItemName]) -> dict[ItemName, Item]:
        columns = [name.tenant for name in names], [name.item_id for name in names]
        await tx.connection.execute(MEET, *columns)
        found = [_state(row) for row in await tx.connection.fetch(LOCK, *columns)]
        return {state.name: state for state in found}

    async def save(self, tx: Transaction, orders: Sequence[Item]) -> None:
        placed = [_row(order, Order.read(order.body)) for order in orders if order.body is not None]
        gone = [(*order.name, order.timestamp_ms, order.offset) for order in orders if order.withdrawn]
        await tx.connection.executemany(SAVE, placed)
        await tx.connection.executemany(WITHDRAW, gone)

    async def book(self, tenant: str, store: str) -> OrderBook:
        sales: list[Sale] = []
        async with self.pool.acquire() as connection, connection.transaction(readonly=True):
            async for row in connection.cursor(BOOK, tenant, store, prefetch=AT_ONCE):
                lines = tuple(zip(row["product_ids"], row["quantities"], row["amounts"], strict=True))
                sales.append(Sale(row["order_id"], row["placed_ms"], row["currency"], lines))
        return await asyncio.to_thread(OrderBook.of, sales)


def book_of(orders: Iterable[Order]) -> OrderBook:
    """Of orders as they travel."""
    return OrderBook.of(
        Sale(
            order.order_id,
            placed_ms_of(order),
            order.currency or NOT_SAID,
            tuple(zip(*columns_of(order), strict=True)),
        )
        for order in orders
        if not order.cancelled
    )


def placed_ms_of(order: Order) -> int:
    return round(order.placed_at.timestamp() * 1000)


def columns_of(order: Order) -> tuple[list[str], list[float], list[float]]:
    """Products, quantities, and what was paid."""
    unknown = float("nan")
    paid = [unknown if line.unit_price is None else line.quantity * line.unit_price for line in order.lines]
    return [str(line.product_id) for line in order.lines], [line.quantity for line in order.lines], paid


def _state(row: asyncpg.Record) -> Item:
    return Item(
        name=ItemName(row["tenant"], row["order_name"]),
        withdrawn=row["withdrawn"],
        version=row["version"],
        timestamp_ms=row["timestamp_ms"],
        offset=row["record_offset"],
        content_sha256=row["content_sha256"],
    )


def _row(state: Item, order: Order) -> tuple[object, ...]:
    return (
        *state.name,
        state.withdrawn,
        state.version,
        state.timestamp_ms,
        state.offset,
        state.content_sha256,
        order.store,
        order.order_id,
        placed_ms_of(order),
        order.currency,
        order.visitor,
        order.cancelled,
        *columns_of(order),
    )
