"""Orders as sets of products."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bundling.orders import Index, OrderBook, Whole


@dataclass(frozen=True, slots=True)
class Baskets:
    """Order i holds the products rows[starts[i] .. starts[i + 1]], each once, ascending."""

    products: int  # of the catalogue, sold or not
    starts: Whole
    rows: Index
    all_pairs: int  # pairs of products of one order, in all orders, before any was cut
    cut: int = 0  # orders of which a part was left out
    lost_pairs: int = 0  # of all_pairs

    @property
    def orders(self) -> int:
        """Those without products are counted: support is a share of all."""
        return len(self.starts) - 1

    @property
    def sizes(self) -> Whole:
        return np.diff(self.starts)

    @property
    def order_of_row(self) -> Index:
        return np.repeat(np.arange(self.orders, dtype=np.int32), self.sizes)

    @property
    def item_counts(self) -> Whole:
        """Orders that hold each product."""
        counts: Whole = np.bincount(self.rows, minlength=self.products)
        return counts

    @classmethod
    def of(cls, book: OrderBook, *, cap: int | None = None) -> Self:
        """Of a book numbered by catalogue row. `cap`: the most products of an order that are looked at."""
        whole = cls(len(book.product_ids), book.starts, book.products, _pairs(book.sizes))
        return whole if cap is None else whole.capped(cap)

    def capped(self, cap: int) -> Self:
        """Of a larger order the products that are sold most are kept: most pairs worth a bundle are so."""
        if cap < 1:
            raise ValueError(f"A basket holds at least one product, so it cannot be cut to {cap}.")
        kept = self._of_most_sold(cap)
        sizes = np.minimum(self.sizes, cap)
        return type(self)(
            self.products,
            _starts(sizes),
            self.rows[kept],
            self.all_pairs,
            cut=int(np.count_nonzero(self.sizes > cap)),
            lost_pairs=self.all_pairs - _pairs(sizes),
        )

    def only(self, products: NDArray[np.bool_]) -> Self:
        """These products alone, numbered anew without gaps; orders stay."""
        number = np.cumsum(products, dtype=np.int32) - np.int32(1)
        kept = products[self.rows]
        sizes = np.bincount(self.order_of_row[kept], minlength=self.orders)
        rows = number[self.rows[kept]]
        return type(self)(int(products.sum()), _starts(sizes), rows, _pairs(sizes))

    def _of_most_sold(self, cap: int) -> NDArray[np.bool_]:
        most_sold = np.lexsort((np.arange(self.products), -self.item_counts))
        rank = np.empty(self.products, np.int64)
        rank[most_sold] = np.arange(self.products)
        by_rank = np.lexsort((rank[self.rows], self.order_of_row))  # order by order, as the rows lie
        place = np.arange(len(self.rows)) - np.repeat(self.starts[:-1], self.sizes)
        kept = np.zeros(len(self.rows), np.bool_)
        kept[by_rank[place < cap]] = True
        return kept


def _starts(sizes: Whole) -> Whole:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def _pairs(sizes: Whole) -> int:
    return int((sizes * (sizes - 1) // 2).sum())
