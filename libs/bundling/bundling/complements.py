"""What to offer beside a product: how likely each other product is in the same order.

A product that was sold often speaks for itself. One that was sold seldom is helped by its variants, these by
their category, that by the whole store: each level is added to the next finer one as so many imagined orders.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from bundling.catalog import Catalog, Flags, Index, Real
from bundling.orders import OrderBook, Whole

Rows = NDArray[np.integer]

# Chosen in three rolling splits within the first 80 % of the orders of two real stores.
HALF_LIVES: Final = 0.25  # in the time that the orders span: the first weigh 0.84; more forgets rare pairs
IMAGINED: Final = 10.0  # weight of the coarser level that is added to the finer one, in orders of a pair
REMEMBERED: Final = 5_000_000  # chances, 40 MB: those of 500 anchors among 10,000 products
MOST_ORDERS: Final = 20_000  # the newest that a level looks at: more cost time and hardly move a share


@dataclass(frozen=True, slots=True)
class Complements:
    held: csr_array = field(repr=False)  # orders x products, each the weight of its order
    holding: csr_array = field(repr=False)  # products x orders, likewise
    weights: Real = field(repr=False)  # of orders
    popularity: Real = field(repr=False)  # share of the weight of all orders that holds each product
    family: Index = field(repr=False)
    category: Index = field(repr=False)
    known: dict[tuple[str, int], Real] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def fit(cls, book: OrderBook, catalog: Catalog, as_of_ms: float) -> Self:
        """`book` is numbered by catalogue row."""
        weights = _recency(book, as_of_ms) * _attention(book.sizes)
        held = csr_array(
            (np.repeat(weights, book.sizes), book.products, book.starts), shape=(book.orders, catalog.size)
        )
        popularity = np.asarray(held.sum(axis=0), np.float64) / max(float(weights.sum()), 1e-12)
        return cls(held, held.T.tocsr(), weights, popularity, catalog.family, catalog.category)

    def chances(self, anchor: int) -> Real:
        """Of each product, to be in an order that holds the anchor."""
        return self._remembered("product", anchor, self._of_product)

    def _of_product(self, anchor: int) -> Real:
        category, family = int(self.category[anchor]), int(self.family[anchor])
        coarser = self.popularity
        if category >= 0:
            coarser = self._remembered("category", category, self._of_category)
        if np.count_nonzero(self.family == family) > 1:
            coarser = self._added(np.flatnonzero(self.family == family), coarser)
        return self._added(np.array([anchor]), coarser)

    def _of_category(self, category: int) -> Real:
        return self._added(np.flatnonzero(self.category == category), self.popularity)

    def _remembered(self, level: str, number: int, count: Callable[[int], Real]) -> Real:
        """Combos come back to the same anchors, and many of these share a category."""
        key = (level, number)
        if key not in self.known:
            if (len(self.known) + 1) * len(self.popularity) > REMEMBERED:
                self.known.clear()
            self.known[key] = count(number)
        return self.known[key]

    def best(self, anchor: int, count: int, allowed: Flags) -> tuple[Index, Real]:
        """The likeliest of those allowed, and how much the anchor makes of it."""
        chances = self.chances(anchor)
        rows = np.flatnonzero(allowed & (chances > 0)).astype(np.int32)
        rows = rows[rows != anchor]
        order = np.lexsort((rows, -chances[rows]))[:count]
        return rows[order], self._gain(chances, rows[order])

    def scores(self, anchor: int, rows: Index) -> Real:
        return self._gain(self.chances(anchor), rows)

    def _gain(self, chances: Real, rows: Index) -> Real:
        """1 - 1/lift: 0 where the anchor makes a product no likelier, 2/3 where it does so three times."""
        with np.errstate(divide="ignore", invalid="ignore"):
            gain = 1.0 - self.popularity[rows] / chances[rows]
        return np.clip(np.nan_to_num(gain, nan=0.0, neginf=0.0), 0.0, 1.0)

    def _added(self, anchors: Rows, coarser: Real) -> Real:
        """Products beside any of the anchors, on top of what the coarser level has."""
        orders = self._holding_any(anchors)
        together: Real = np.zeros(len(coarser))
        if len(orders):
            lines = self.held[orders]
            together = np.bincount(lines.indices, lines.data, len(coarser)).astype(np.float64)
        return (together + IMAGINED * coarser) / (float(self.weights[orders].sum()) + IMAGINED)

    def _holding_any(self, anchors: Rows) -> Rows:
        """The newest orders that hold one of them; orders are numbered by time."""
        orders: Rows = self.holding[anchors].indices
        if len(anchors) > 1:
            orders = np.flatnonzero(np.bincount(orders, minlength=len(self.weights)))
        return orders[-MOST_ORDERS:]


def _recency(book: OrderBook, as_of_ms: float) -> Real:
    """Recent orders say more, by the store's own pace: a shop of three weeks forgets in days."""
    if not book.orders:
        return np.empty(0)
    age = as_of_ms - book.placed_ms
    span = max(float(age.max()), 1.0)
    recency: Real = 0.5 ** (HALF_LIVES * np.maximum(age, 0) / span)
    return recency


def _attention(sizes: Whole) -> Real:
    """An order of many products says less of each pair: n beside the anchor count as their root."""
    beside = np.maximum(sizes - 1, 1)
    attention: Real = 1.0 / np.sqrt(beside)
    return attention
