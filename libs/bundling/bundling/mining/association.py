"""Pairs that chance does not explain.

Chance: each line of each order draws its product anew, so that orders keep their sizes, and products how
often they are sold. Two products sold in n and m orders then meet in n * m * sum(s (s - 1)) / sum(s)^2 of
them, with s for the sizes: long orders of a wholesaler make everything meet everything, and a shop where
most orders hold one thing lets nothing meet. Lift is measured against that, so no threshold depends on how
a store sells.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import gammainc, ndtr

from bundling.bundle import Evidence
from bundling.intervals import wilson
from bundling.mining.baskets import Baskets
from bundling.mining.pairs import Pairs
from bundling.orders import Index, Real, Whole

Floats = NDArray[np.floating]

LEAST_SOLD: Final = 3  # orders: two products that are sold in fewer are never believed
WORTHY_LIFT: Final = 3.0  # pairs are weighed by how well so much would show
SURE_DEVIATIONS: Final = 3.7  # from what is expected: one pair in ten thousand lies so far off by chance
LEAST_LIFT: Final = 1.2  # what can be told from chance in a giant store is not yet worth a bundle


@dataclass(frozen=True, slots=True)
class Associations:
    """The pairs that are believed, and what was counted of any other."""

    left: Index = field(repr=False)
    right: Index = field(repr=False)
    p_values: Real = field(repr=False)
    orders: int
    item_counts: Whole = field(repr=False)
    meeting: float  # orders in which two products meet by chance = this * how often each is sold
    beside_rows: csr_array = field(repr=False)  # products x products: the rank of each partner, from 1
    orders_of: csr_array = field(repr=False)  # products x orders

    @property
    def size(self) -> int:
        return len(self.left)

    def beside(self, anchor: int) -> Index:
        """Products associated with it, the surest first."""
        row = self.beside_rows[[anchor]]
        partners: Index = row.indices[np.argsort(row.data)].astype(np.int32)
        return partners

    def evidence_of(self, rows: Sequence[int]) -> Evidence:
        """Of a set, its anchor first, believed or not; the rest of it is taken for one product."""
        anchor, *rest = rows
        beside = self._holding(rest)
        together = len(np.intersect1d(beside, self._holding([anchor]), assume_unique=True))
        sold, expected = int(self.item_counts[anchor]), self._expected(anchor, len(beside))
        low, _ = wilson(together, sold)
        return Evidence(
            together=together,
            support=together / max(1, self.orders),
            confidence=together / max(1, sold),
            confidence_low=low if sold else 0.0,
            lift=together / expected if expected else 0.0,
            lift_low=low * sold / expected if expected else 0.0,
            p_value=float(_chance(np.array([together]), np.array([expected]))[0]),
        )

    def _expected(self, anchor: int, beside: int) -> float:
        return float(self.item_counts[anchor]) * beside * self.meeting

    def _holding(self, rows: Sequence[int]) -> Index:
        """Orders that hold all of them."""
        starts, orders = self.orders_of.indptr, self.orders_of.indices
        held = [orders[starts[row] : starts[row + 1]] for row in rows]
        common: Index = held[0]
        for more in held[1:]:
            common = np.intersect1d(common, more, assume_unique=True)
        return common

    @classmethod
    def of(cls, left: Index, right: Index, p_values: Real, baskets: Baskets) -> Self:
        ones, shape = np.ones(len(baskets.rows), np.int8), (baskets.orders, baskets.products)
        orders_of = csr_array((ones, baskets.rows, baskets.starts), shape).T.tocsr()
        orders_of.sort_indices()
        square = (baskets.products, baskets.products)
        rank = np.arange(1, len(left) + 1)
        both = (np.concatenate([left, right]), np.concatenate([right, left]))
        beside = csr_array((np.concatenate([rank, rank]), both), square)
        counts = baskets.item_counts
        return cls(left, right, p_values, baskets.orders, counts, _meeting(baskets), beside, orders_of)


def associations(pairs: Pairs, baskets: Baskets, *, rate: float) -> Associations:
    """The surest first. `rate`: of all that is believed, the share that may be chance.

    Benjamini and Hochberg, each pair weighed by how likely it would show a lift worth having (Genovese):
    most pairs of a store are of products that seldom sell, and would drown the others. A weight follows from
    how often each of the two is sold, never from how often both are, so chance gains nothing.
    """
    counts = baskets.item_counts
    left, right = counts[pairs.left], counts[pairs.right]
    tested = np.minimum(left, right) >= LEAST_SOLD
    expected = left[tested] * right[tested] * _meeting(baskets)
    together, p_values = pairs.together[tested], _chance(pairs.together[tested], expected)
    weighed = p_values * _weight_of_all(counts[counts >= LEAST_SOLD], _meeting(baskets)) / _weight(expected)
    order = np.lexsort((-together / expected, p_values, weighed))
    below = np.flatnonzero(weighed[order] <= rate * np.arange(1, len(order) + 1))
    sure = order[: below[-1] + 1] if len(below) else order[:0]
    sure = sure[together[sure] >= LEAST_LIFT * expected[sure]]
    return Associations.of(pairs.left[tested][sure], pairs.right[tested][sure], p_values[sure], baskets)


def _meeting(baskets: Baskets) -> float:
    sizes = baskets.sizes.astype(np.float64)
    lines = float(sizes.sum())
    return float((sizes * (sizes - 1)).sum()) / (lines * lines) if lines else 0.0


def _chance(together: Index | Whole, expected: Floats) -> Real:
    """Of meeting so often or more by chance (the upper tail of Poisson)."""
    safe = np.maximum(expected, 1e-12)
    tail: Real = np.where(together > 0, gammainc(np.maximum(together, 1), safe), 1.0)
    return tail


def _weight(expected: Floats) -> Real:
    """The chance that two products with the lift that is worth having are told from two without."""
    gap = (WORTHY_LIFT - 1) * np.sqrt(expected) - SURE_DEVIATIONS
    weight: Real = ndtr(gap / math.sqrt(WORTHY_LIFT))
    return weight


def _weight_of_all(counts: Whole, meeting: float) -> float:
    """Of every two products, whether any order holds both or not; those sold alike are taken at once."""
    sold, many = np.unique(counts, return_counts=True)
    total = 0.0
    for row, times in enumerate(many.tolist()):
        pairs = many[row:].astype(np.float64) * times
        pairs[0] = times * (times - 1) / 2
        total += float(pairs @ _weight(sold[row:] * float(sold[row]) * meeting))
    return total
