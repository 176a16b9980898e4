"""What puts products beside a product: ours, and the two that it has to beat."""

from dataclasses import dataclass, field
from typing import Protocol, Self

import numpy as np
from scipy.sparse import csr_array

from bundling.catalog import Flags, Index, Real
from bundling.orders import OrderBook, Whole


class Recommender(Protocol):
    """`bundling.complements.Complements` is one as it stands."""

    def best(self, anchor: int, count: int, allowed: Flags) -> tuple[Index, Real]:
        """At most so many of the products allowed, the best first, and how good each is."""
        ...


@dataclass(frozen=True, slots=True)
class CoCount:
    """By orders that hold both; of equal ones the product sold oftener, then the lower row."""

    held: csr_array = field(repr=False)  # orders x products
    holding: csr_array = field(repr=False)  # products x orders
    sold_in: Whole = field(repr=False)

    @classmethod
    def fit(cls, book: OrderBook, size: int) -> Self:
        shape = (book.orders, size)
        held = csr_array((np.ones(book.lines), book.products, book.starts), shape=shape)
        return cls(held, held.T.tocsr(), np.bincount(book.products, minlength=size))

    def best(self, anchor: int, count: int, allowed: Flags) -> tuple[Index, Real]:
        start, end = self.holding.indptr[anchor : anchor + 2]
        orders = self.holding.indices[start:end]
        together = np.asarray(self.held[orders].sum(axis=0), np.float64)
        return _first(np.lexsort((-self.sold_in, -together)), together, count, allowed)


@dataclass(frozen=True, slots=True)
class Popularity:
    """By orders that hold the product, whatever stands beside it."""

    sold_in: Whole = field(repr=False)

    @classmethod
    def fit(cls, book: OrderBook, size: int) -> Self:
        return cls(np.bincount(book.products, minlength=size))

    def best(self, anchor: int, count: int, allowed: Flags) -> tuple[Index, Real]:
        order = np.argsort(-self.sold_in, kind="stable")
        return _first(order, self.sold_in.astype(np.float64), count, allowed)


def _first(order: Whole, scores: Real, count: int, allowed: Flags) -> tuple[Index, Real]:
    rows = order[allowed[order]][:count].astype(np.int32)
    return rows, scores[rows]
