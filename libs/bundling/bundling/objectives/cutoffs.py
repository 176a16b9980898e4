"""Which products are slow, and from where on a margin is high."""

from typing import Final

import numpy as np

from bundling.catalog import Flags
from bundling.shop import DAY_MS, Shop

HIGH_MARGIN: Final = 0.4
SLOW_DAYS: Final = 90  # velocity is measured over so many days before the run's day
SLOW_SHARE: Final = 0.2  # of the median velocity of what sells: at or below, a product is slow


def slow_movers(shop: Shop) -> Flags:
    """Sold a fifth as often as the middle one of what sells at all, or never: dead stock is slow.

    Only what was there for the whole window can be slow. A store that has sold nothing in it has no slow
    products: nobody knows what would sell.
    """
    since = shop.as_of_ms - SLOW_DAYS * DAY_MS
    first = int(np.searchsorted(shop.book.placed_ms, since, side="right"))
    late = shop.book.between(first, shop.book.orders)
    sold = np.bincount(late.products, weights=late.quantities, minlength=shop.catalog.size)
    selling = sold[sold > 0]
    if not len(selling):
        return np.zeros(shop.catalog.size, np.bool_)
    slow: Flags = judged(shop) & (sold <= SLOW_SHARE * float(np.median(selling)))
    return slow


def judged(shop: Shop) -> Flags:
    """Products that were on sale for the whole window, as far as anybody says."""
    since = shop.as_of_ms - SLOW_DAYS * DAY_MS
    there: Flags = shop.launched & ~(shop.catalog.launched_ms > since)
    return there
