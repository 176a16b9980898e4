"""What each objective wants of a bundle: a first product, others beside it, and how far they serve it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from bundling.bundle import Objective
from bundling.catalog import Flags, Index, Real
from bundling.objectives.cutoffs import HIGH_MARGIN, slow_movers
from bundling.shop import Shop

MOST_ANCHORS: Final = 40  # of a combo: the best sellers say most, and time is limited
FULL_MARGIN: Final = 0.6  # a margin that serves as well as any higher one
PRICE_BAND: Final = (0.5, 2.0)  # of the anchor's price


@dataclass(frozen=True, slots=True)
class Aim:
    anchors: Index  # best first
    partners: Flags
    serves: Real  # of each product, in [0, 1]
    beside: Callable[[int], Flags]  # what may stand beside this anchor, by the objective alone

    def partners_of(self, anchor: int, shop: Shop) -> Flags:
        """Neither itself nor a variant of it."""
        other: Flags = shop.catalog.family != shop.catalog.family[anchor]
        return self.partners & self.beside(anchor) & other

    def served_by(self, rows: tuple[int, ...]) -> float:
        """By what was put beside the anchor."""
        return float(self.serves[list(rows[1:])].mean())


def aim_of(objective: Objective, shop: Shop) -> Aim:
    return AIMS[objective](shop)


def _margin_guard(shop: Shop) -> Aim:
    margins = np.nan_to_num(shop.catalog.margins, nan=0.0)
    return _aim(shop, shop.offered & (margins >= HIGH_MARGIN), np.clip(margins / FULL_MARGIN, 0.0, 1.0))


def _clear_slow_movers(shop: Shop) -> Aim:
    slow = slow_movers(shop)
    return _aim(shop, shop.offered & slow, slow.astype(np.float64), anchors=shop.offered & ~slow)


def _increase_aov(shop: Shop) -> Aim:
    """What costs as much as twice the middle product adds as much as anything may."""
    prices = shop.catalog.prices
    middle = float(np.median(prices[shop.offered])) if shop.offered.any() else 1.0
    return _aim(shop, shop.offered, np.clip(np.nan_to_num(prices) / (2 * middle), 0.0, 1.0))


def _new_launch(shop: Shop) -> Aim:
    new = shop.is_new
    return _aim(shop, shop.offered & new, new.astype(np.float64), anchors=shop.offered & ~new)


def _seasonal_promo(shop: Shop) -> Aim:
    """In season: sold more often of late than its share of the whole time would have it."""
    lately, orders = shop.sold_lately(), shop.book.orders
    expected = shop.sold_in * (lately.sum() / max(1, shop.sold_in.sum())) if orders else shop.share_sold
    with np.errstate(divide="ignore", invalid="ignore"):
        season = np.where(expected > 0, lately / expected, 0.0)
    rising = shop.offered & (season > 1.0)
    return _aim(shop, rising, np.clip(season - 1.0, 0.0, 1.0), anchors=rising)


def _category_bundle(shop: Shop) -> Aim:
    category = shop.catalog.category
    return _aim(
        shop,
        shop.offered & (category >= 0),
        np.ones(shop.catalog.size),
        beside=lambda row: category == category[row],
    )


def _gift_box(shop: Shop) -> Aim:
    """Things of several kinds that cost about the same; well sold ones please most."""
    catalog, low, high = shop.catalog, *PRICE_BAND

    def beside(row: int) -> Flags:
        ratio = catalog.prices / catalog.prices[row]
        other: Flags = (catalog.category != catalog.category[row]) & (ratio >= low) & (ratio <= high)
        return other

    most = max(1, int(shop.sold_in.max(initial=0)))
    return _aim(shop, shop.offered, np.sqrt(shop.sold_in / most), beside=beside)


def _subscription_push(shop: Shop) -> Aim:
    wanted = shop.offered & shop.catalog.subscribable
    return _aim(shop, wanted, shop.catalog.subscribable.astype(np.float64), anchors=wanted)


AIMS: Final[Mapping[Objective, Callable[[Shop], Aim]]] = {
    "margin_guard": _margin_guard,
    "clear_slow_movers": _clear_slow_movers,
    "increase_aov": _increase_aov,
    "new_launch": _new_launch,
    "seasonal_promo": _seasonal_promo,
    "category_bundle": _category_bundle,
    "gift_box": _gift_box,
    "subscription_push": _subscription_push,
}


def _aim(
    shop: Shop,
    partners: Flags,
    serves: Real,
    *,
    anchors: Flags | None = None,
    beside: Callable[[int], Flags] | None = None,
) -> Aim:
    everywhere = np.ones(shop.catalog.size, np.bool_)
    fit = shop.offered if anchors is None else anchors
    return Aim(_best_sellers(shop, fit), partners, serves, beside or (lambda _: everywhere))


def _best_sellers(shop: Shop, among: Flags) -> Index:
    """Most sold first, then the dearer one: where nothing was sold, prices are all there is to go by."""
    rows = np.flatnonzero(among).astype(np.int32)
    order = np.lexsort((rows, -np.nan_to_num(shop.catalog.prices[rows]), -shop.sold_in[rows]))
    return rows[order][:MOST_ANCHORS]
