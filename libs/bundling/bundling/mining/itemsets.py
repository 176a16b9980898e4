"""Sets of products that many orders hold, of any size.

Product by product, the seldom first: the orders that hold it are numbered anew, and each other product
becomes a row of bits, one for each of these orders. Sets of one size, alike but for their last product, are
joined to those of the next, all of them at once.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from bundling.deadline import Deadline
from bundling.mining.baskets import Baskets
from bundling.mining.pairs import NEVER
from bundling.orders import Index, Whole

WORD: Final = 64
ROUNDING: Final = 1e-9  # 0.07 * 100 is a little more than 7
JOINED_AT_ONCE: Final = 2_000_000  # words of bits, 16 MB: a store of any size is mined in so much


@dataclass(frozen=True, slots=True)
class Itemsets:
    """Of one size: a row of products each."""

    rows: NDArray[np.int32]
    orders: Whole  # that hold all of the row

    def each(self) -> Iterator[tuple[frozenset[int], int]]:
        for rows, orders in zip(self.rows.tolist(), self.orders.tolist(), strict=True):
            yield frozenset(rows), orders


def itemsets(
    baskets: Baskets, support: float, *, largest: int | None = None, deadline: Deadline = NEVER
) -> Iterator[Itemsets]:
    """All sets that at least this share of the orders holds; at the deadline it ends where it is."""
    least, counts = orders_needed(baskets, support), baskets.item_counts
    frequent = np.flatnonzero(counts >= least)
    rows = frequent[np.lexsort((frequent, counts[frequent]))].astype(np.int32)
    yield Itemsets(rows[:, None], counts[rows])
    if largest == 1:
        return
    few = _Few.of(baskets, rows)
    for place in range(len(rows) - 1):
        if deadline.passed():
            return
        yield from _grown(few.beside(place, least), least, largest or baskets.products, deadline)


def orders_needed(baskets: Baskets, support: float) -> int:
    return max(1, math.ceil(support * baskets.orders - ROUNDING))


@dataclass(frozen=True, slots=True)
class _Few:
    """Orders as sets of the frequent products, numbered by their place."""

    rows: Index  # of each place
    orders: csr_array
    products: csr_array

    @classmethod
    def of(cls, baskets: Baskets, rows: Index) -> Self:
        place = np.full(baskets.products, -1, np.int32)
        place[rows] = np.arange(len(rows), dtype=np.int32)
        kept = place[baskets.rows] >= 0
        starts = np.concatenate([[0], np.cumsum(kept)])[baskets.starts]
        held = (np.ones(starts[-1], np.int8), place[baskets.rows[kept]], starts)
        orders = csr_array(held, (baskets.orders, len(rows)))
        return cls(rows, orders, orders.T.tocsr())

    def beside(self, place: int, least: int) -> "_Level":
        """The pairs of a product with those after it, which are sold as often or more."""
        begin, end = self.products.indptr[place : place + 2].tolist()
        some = self.orders[self.products.indices[begin:end]]
        counts = np.bincount(some.indices, minlength=len(self.rows))
        counts[: place + 1] = 0
        partners = np.flatnonzero(counts >= least)
        number = np.full(len(self.rows), -1, np.int64)
        number[partners] = np.arange(len(partners))
        line = number[some.indices]
        order = np.repeat(np.arange(end - begin), np.diff(some.indptr))[line >= 0]
        held = np.zeros((len(partners), -(-(end - begin) // WORD)), np.uint64)
        bit = np.uint64(1) << (order % WORD).astype(np.uint64)
        np.bitwise_or.at(held, (line[line >= 0], order // WORD), bit)
        pairs = np.column_stack([np.full(len(partners), self.rows[place], np.int32), self.rows[partners]])
        return _Level(Itemsets(pairs, counts[partners]), held, np.arange(len(partners))[::-1])


@dataclass(frozen=True, slots=True)
class _Level:
    found: Itemsets
    held: NDArray[np.uint64]  # by each set: a bit for each order
    followers: Whole  # of each set: how many after it differ in the last product alone

    def parts(self) -> Iterator[slice]:
        """Sets to be joined at once to those that follow them."""
        words = np.cumsum(self.followers * self.held.shape[1])
        first = 0
        while first < len(words):
            before = int(words[first - 1]) if first else 0
            end = int(np.searchsorted(words, before + JOINED_AT_ONCE, side="right"))
            yield slice(first, max(first + 1, end))
            first = max(first + 1, end)

    def joined(self, part: slice, least: int) -> "_Level":
        followers = self.followers[part]
        first = np.repeat(np.arange(part.start, part.start + len(followers)), followers)
        begins = np.cumsum(followers) - followers
        second = first + 1 + np.arange(len(first)) - np.repeat(begins, followers)
        both = self.held[first] & self.held[second]
        orders = np.bitwise_count(both).sum(axis=1, dtype=np.int64)
        kept = np.flatnonzero(orders >= least)
        alike = first[kept]
        rows = np.column_stack([self.found.rows[alike], self.found.rows[second[kept], -1]])
        after = np.searchsorted(alike, alike, side="right") - np.arange(len(alike)) - 1
        return _Level(Itemsets(rows, orders[kept]), both[kept], after)


def _grown(level: _Level, least: int, largest: int, deadline: Deadline) -> Iterator[Itemsets]:
    if len(level.followers):
        yield level.found
    if level.found.rows.shape[1] == largest or not level.followers.any():
        return
    for part in level.parts():
        if deadline.passed():
            return
        yield from _grown(level.joined(part, least), least, largest, deadline)
