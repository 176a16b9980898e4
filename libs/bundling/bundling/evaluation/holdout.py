"""The newest orders are kept back, and one product of each is taken as the one that is looked at."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from bundling.catalog import Index
from bundling.orders import OrderBook

TEST_SHARE: Final = 0.2  # of the orders, the newest; of two of one moment the later id


@dataclass(frozen=True, slots=True)
class HoldOut:
    train: OrderBook
    test: OrderBook

    @property
    def as_of_ms(self) -> int:
        """What is fitted stands at the first moment that it is tested on."""
        return int(self.test.placed_ms[0]) if self.test.orders else 0


@dataclass(frozen=True, slots=True)
class Anchors:
    """Of each order the product looked at; the products that were bought beside it are to be found."""

    orders: Index  # of the test book, each at most once
    rows: Index
    relevant: tuple[Index, ...] = field(repr=False)


def hold_out(book: OrderBook, share: float = TEST_SHARE) -> HoldOut:
    """Books are sorted by time and id, so the cut falls in one place alone."""
    cut = book.orders - int(share * book.orders)
    return HoldOut(book.between(0, cut), book.between(cut, book.orders))


def draw_anchors(test: OrderBook, family: Index, seed: int) -> Anchors:
    """One product of each order with at least two; orders of nothing but its own variants are left out."""
    orders = np.flatnonzero(test.sizes > 1)
    chance = np.random.default_rng(seed).random(len(orders))
    places = test.starts[orders] + (chance * test.sizes[orders]).astype(np.int64)
    found = [
        (order, row, beside)
        for order, row in zip(orders.tolist(), test.products[places].tolist(), strict=True)
        if len(beside := _beside(test, order, row, family))
    ]
    return Anchors(
        np.array([order for order, _, _ in found], np.int32),
        np.array([row for _, row, _ in found], np.int32),
        tuple(beside for _, _, beside in found),
    )


def _beside(test: OrderBook, order: int, anchor: int, family: Index) -> Index:
    rows = test.products[test.starts[order] : test.starts[order + 1]]
    beside: Index = rows[family[rows] != family[anchor]]
    return beside
