"""Bundles for a store whose orders say nothing yet: by price, category, margin and texts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from bundling.bundle import BundleType, Candidate, Method, Objective
from bundling.candidates.aims import PRICE_BAND
from bundling.catalog import Flags, Index
from bundling.compatibility import Compatibility
from bundling.likeness import Likeness
from bundling.objectives.cutoffs import HIGH_MARGIN
from bundling.shop import Shop

FEW_ORDERS: Final = 10  # fewer say nothing
MOST_BUNDLES: Final = 4
TOP_BY_PRICE: Final = 10
OF_A_CATEGORY: Final = 3
OF_HIGH_MARGIN: Final = 3
BESIDE: Final = 2  # similar products beside an anchor


@dataclass(frozen=True, slots=True)
class Strategy:
    kind: BundleType
    objective: Objective
    method: Method


PRICE_BANDED: Final = Strategy("FBT", "increase_aov", "semantic_price_banded")
OF_CATEGORY: Final = Strategy("MIX_MATCH", "increase_aov", "category_diversity")
OF_MARGIN: Final = Strategy("FIXED", "margin_guard", "high_margin_curation")


def cold_candidates(shop: Shop, likeness: Likeness, fits: Compatibility) -> list[Candidate]:
    """By all three strategies. Gates, scores and the choice of the best come after, as for any other."""
    price_banded = _price_banded(shop, likeness, fits)
    found = [*price_banded, *_by_category(shop, likeness, fits), *_by_margin(shop, likeness, fits)]
    distinct = {(frozenset(one.rows), one.kind): one for one in reversed(found)}
    return sorted(distinct.values(), key=lambda one: (one.rows, one.kind))


def _price_banded(shop: Shop, likeness: Likeness, fits: Compatibility) -> Iterator[Candidate]:
    for anchor in _by_price(shop, shop.offered)[:TOP_BY_PRICE].tolist():
        near = _likest(likeness, anchor, np.flatnonzero(_in_price_range(shop, anchor)).astype(np.int32))
        alike = likeness.complements(anchor, near)
        # Without texts that tell, or where none fits, the price is all there is.
        beside = _beside(shop, fits, anchor, alike, BESIDE) or _beside(shop, fits, anchor, near, BESIDE)
        if beside:
            yield _cold((anchor, *beside), PRICE_BANDED, shop, likeness)


def _by_category(shop: Shop, likeness: Likeness, fits: Compatibility) -> Iterator[Candidate]:
    for category in range(len(shop.catalog.categories)):
        dearest = _by_price(shop, shop.offered & (shop.catalog.category == category))
        for anchor in dearest.tolist():  # the first around which enough others are near in price
            near = dearest[_in_price_range(shop, anchor)[dearest]]
            beside = _beside(shop, fits, anchor, _price_diverse(shop, near), OF_A_CATEGORY - 1)
            if len(beside) == OF_A_CATEGORY - 1:
                yield _cold((anchor, *beside), OF_CATEGORY, shop, likeness)
                break


def _by_margin(shop: Shop, likeness: Likeness, fits: Compatibility) -> Iterator[Candidate]:
    margins = np.nan_to_num(shop.catalog.margins, nan=-1.0)
    rows = np.flatnonzero(shop.offered & (margins >= HIGH_MARGIN)).astype(np.int32)
    best = rows[np.lexsort((rows, -margins[rows]))]
    for anchor in best.tolist():
        near = best[_in_price_range(shop, anchor)[best]]
        beside = _beside(shop, fits, anchor, near, OF_HIGH_MARGIN - 1)
        if beside:
            yield _cold((anchor, *beside), OF_MARGIN, shop, likeness)
            return


def _in_price_range(shop: Shop, anchor: int) -> Flags:
    low, high = PRICE_BAND
    ratio = shop.catalog.prices / shop.catalog.prices[anchor]
    near: Flags = shop.offered & (ratio >= low) & (ratio <= high)
    near[anchor] = False
    return near


def _by_price(shop: Shop, among: Flags) -> Index:
    rows = np.flatnonzero(among).astype(np.int32)
    return rows[np.lexsort((rows, -shop.catalog.prices[rows]))]


def _price_diverse(shop: Shop, rows: Index) -> Index:
    """The cheapest, the middle one, then the rest: a choice at several prices."""
    if len(rows) < OF_A_CATEGORY:
        return rows
    order = rows[np.lexsort((rows, shop.catalog.prices[rows]))]
    middle = len(order) // 2
    return np.concatenate([order[:1], order[middle : middle + 1], order[1:middle], order[middle + 1 :]])


def _likest(likeness: Likeness, anchor: int, rows: Index) -> Index:
    return rows[np.lexsort((rows, -likeness.fit(anchor, rows)))]


def _beside(shop: Shop, fits: Compatibility, anchor: int, rows: Index, count: int) -> list[int]:
    """The first so many that go with the anchor and each other, and are variants of none of them."""
    kept = [anchor]
    for row in rows.tolist():
        if len(kept) > count:
            break
        other_family = shop.catalog.family[row] not in shop.catalog.family[kept]
        if other_family and fits.of_set((*kept, row), shop.catalog.category):
            kept.append(row)
    return kept[1:]


def _cold(rows: tuple[int, ...], strategy: Strategy, shop: Shop, likeness: Likeness) -> Candidate:
    margins = shop.catalog.margins[list(rows)]
    known = margins[~np.isnan(margins)]
    return Candidate(
        rows=rows,
        objective=strategy.objective,
        kind=strategy.kind,
        method=strategy.method,
        semantic=likeness.of_set(rows),
        business=float(np.clip(known.mean(), 0.0, 1.0)) if len(known) else 0.0,
    )
