"""Which categories go together: what a store's own orders and texts say."""

from dataclasses import dataclass, field
from itertools import combinations
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from bundling.catalog import Flags, Index, Real
from bundling.shop import Shop

ROUNDING: Final = 1e-6  # of cosines of single precision
ENOUGH_ORDERS: Final = 3  # that hold both categories, for orders to say anything


@dataclass(frozen=True, slots=True)
class Compatibility:
    """A table of categories; what has no category goes with everything, for nothing speaks against it."""

    fits: Flags = field(repr=False)

    @classmethod
    def of(cls, shop: Shop) -> Self:
        """Bought together at least as often as chance would have it; else near each other by their texts."""
        count = len(shop.catalog.categories)
        together = _together(shop)
        single = np.diag(together)
        orders = max(1, shop.book.orders)
        expected = np.outer(single, single) / orders
        by_orders = (together >= ENOUGH_ORDERS) & (together >= expected)
        fits: Flags = by_orders | _near(shop, count) | np.eye(count, dtype=np.bool_)
        return cls(fits)

    def of_set(self, rows: tuple[int, ...], category: Index) -> bool:
        codes = [int(category[row]) for row in rows if category[row] >= 0]
        return all(bool(self.fits[one, other]) for one, other in combinations(codes, 2))


def _together(shop: Shop) -> NDArray[np.int64]:
    """Orders that hold both of two categories; on the diagonal, one."""
    held = shop.orders_of_categories()
    return np.asarray((held.T @ held).toarray(), np.int64)


def _near(shop: Shop, count: int) -> Flags:
    """Categories whose products are on average as alike as any two of the catalogue are on average.

    Categories are not measured by each other: of two alone, the one distance there is would be the usual one.
    """
    vectors = shop.catalog.vectors.astype(np.float64)
    if count < 2 or not vectors.shape[1]:  # noqa: PLR2004 - there is no other
        return np.zeros((count, count), np.bool_)
    means = np.stack([vectors[shop.catalog.category == code].mean(axis=0) for code in range(count)])
    near: Flags = means @ means.T >= _usual(vectors) - ROUNDING
    return near


def _usual(vectors: Real) -> float:
    """Mean cosine of two different products: of all pairs, for a sum of vectors holds each pair twice."""
    total, size = vectors.sum(axis=0), len(vectors)
    return float(total @ total - (vectors * vectors).sum()) / (size * (size - 1))
