"""Orders, taken in by the batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bundler.handler.ports import Orders
from contracts import InvalidEvent
from contracts.bundles import OrderPlaced
from contracts.states import ORDERS, Item, ItemName, fold
from runtime import Arrived, Refused, Taken, Transaction

MAX_KEY = 500


@dataclass(frozen=True, slots=True)
class TakeOrders:
    orders: Orders

    async def record(self, tx: Transaction, batch: Sequence[Arrived[Any]]) -> Taken:
        named: list[tuple[int, Item]] = []
        refused: list[tuple[int, InvalidEvent]] = []
        for position, one in enumerate(batch):
            try:
                named.append((position, state_of(one)))
            except InvalidEvent as reason:
                refused.append((position, reason))
        known = await self.orders.lock(tx, sorted({order.name for _, order in named}))
        changed, conflicts = fold(known, named)
        await self.orders.save(tx, changed)
        return Taken(refused=[Refused(position, reason) for position, reason in (*refused, *conflicts)])


def state_of(arrived: Arrived[OrderPlaced]) -> Item:
    """What a record says that an order now is."""
    if arrived.event is None:
        key = arrived.key if len(arrived.key) <= MAX_KEY and "\x00" not in arrived.key else ""
        return Item(ORDERS.withdrawn(key, {}), timestamp_ms=arrived.timestamp_ms, offset=arrived.offset)
    order = arrived.event.order
    return Item(
        name=ItemName(arrived.event.tenant, order.item_id),
        withdrawn=False,
        version=order.version,
        timestamp_ms=arrived.timestamp_ms,
        offset=arrived.offset,
        body=order.canonical(),
        content_sha256=order.content_sha256,
    )
