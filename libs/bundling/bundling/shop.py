"""A store as the engine sees it: what it offers, what it sold, and when it is."""

from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from bundling.catalog import Catalog, Flags, Index, Real
from bundling.orders import OrderBook, Whole

DAY_MS: Final = 24 * 60 * 60 * 1000
RECENT_DAYS: Final = 30  # "new" and "in season" look so far back


@dataclass(frozen=True, slots=True)
class Shop:
    """The book is numbered by catalogue row and ends at `as_of_ms`."""

    catalog: Catalog
    book: OrderBook
    as_of_ms: float
    sold_in: Whole = field(repr=False)  # orders that hold each product
    currency: int  # the one most products are priced in; others are not bundled

    @classmethod
    def of(cls, catalog: Catalog, book: OrderBook, as_of_ms: float) -> Self:
        """`book` as it was kept: lines of products that are not in the catalogue are left out here."""
        own = book.until(int(as_of_ms)).renumbered(catalog.product_ids)
        sold_in = np.bincount(own.products, minlength=catalog.size)
        return cls(catalog, own, as_of_ms, sold_in, _main_currency(catalog))

    @property
    def launched(self) -> Flags:
        """Not before its launch; what says no launch was always there."""
        later: Flags = self.catalog.launched_ms > self.as_of_ms
        return np.logical_not(later)

    @property
    def offered(self) -> Flags:
        """Can be sold in a bundle today."""
        offered: Flags = self.catalog.usable & self.launched & (self.catalog.currency == self.currency)
        return offered

    @property
    def is_new(self) -> Flags:
        return self.launched & (self.catalog.launched_ms > self.as_of_ms - RECENT_DAYS * DAY_MS)

    @property
    def share_sold(self) -> Real:
        return self.sold_in / max(1, self.book.orders)

    def orders_of_categories(self) -> csr_array:
        """Orders x categories: 1 where the order holds one of its products."""
        codes = self.catalog.category[self.book.products]
        known = codes >= 0
        shape = (self.book.orders, len(self.catalog.categories))
        ones = np.ones(int(known.sum()), np.int64)
        held = csr_array((ones, (self.book.order_of_line[known], codes[known])), shape=shape)
        held.data[:] = 1  # what stands twice was added up
        return held

    def sold_lately(self) -> Whole:
        """Orders of the last days that hold each product."""
        since = self.as_of_ms - RECENT_DAYS * DAY_MS
        first = int(np.searchsorted(self.book.placed_ms, since, side="right"))
        late: NDArray[np.int64] = np.bincount(
            self.book.between(first, self.book.orders).products, minlength=self.catalog.size
        )
        return late


def _main_currency(catalog: Catalog) -> int:
    """Of those that most products are priced in the first by name."""
    priced: Index = catalog.currency[catalog.prices > 0]
    if not len(priced):
        return 0
    return int(np.bincount(priced, minlength=len(catalog.currencies)).argmax())
