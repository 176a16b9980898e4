"""The eight objectives. Every benefit is in [0, 1], so that none can swamp the others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from bundling.bundle import Objective
from bundling.intervals import certainty
from bundling.objectives.cutoffs import HIGH_MARGIN, judged, slow_movers
from bundling.shop import Shop

USUAL_IQR: Final = 0.3  # spread of margins that is worth 1
WANTED_ITEMS: Final = 3.0  # products of an order that leaves nothing to increase
NEW_WEIGHT: Final = 5.0  # a fifth of the catalogue new is worth 1
SURE_ORDERS: Final = 100  # for increase_aov
SEASON_ORDERS: Final = 50
SEASON, GIFT, SUBSCRIPTION = 0.4, 0.3, 0.2  # static benefits
GIFT_PRODUCTS: Final = 20
SURE_CATEGORIES: Final = 5
FOR_A_SET: Final = 2  # products of a set at least


@dataclass(frozen=True, slots=True)
class ObjectiveScore:
    objective: Objective
    benefit: float
    confidence: float

    @property
    def priority(self) -> float:
        return self.benefit * self.confidence


Weighed = tuple[float, float]  # benefit, confidence


def score_objectives(shop: Shop) -> tuple[ObjectiveScore, ...]:
    """By priority; equal ones by name."""
    scores = [ObjectiveScore(name, *map(_bounded, weigh(shop))) for name, weigh in OBJECTIVES.items()]
    return tuple(sorted(scores, key=lambda score: (-score.priority, score.objective)))


def _margin_guard(shop: Shop) -> Weighed:
    """Only products whose cost is known say anything: a missing cost is no margin of zero."""
    margins = shop.catalog.margins[shop.offered]
    known = margins[~np.isnan(margins)]
    if not len(known):
        return 0.0, 0.0
    low, high = np.quantile(known, [0.25, 0.75])
    rich = int((known >= HIGH_MARGIN).sum())
    # The mean of two bounded parts: their plain sum would count twice as much as any other benefit.
    return (min(1.0, (high - low) / USUAL_IQR) + rich / len(known)) / 2, certainty(rich, len(known))


def _clear_slow_movers(shop: Shop) -> Weighed:
    """Slow ones among those that were there long enough to be judged, in both of share and interval."""
    there = int((judged(shop) & shop.offered).sum())
    slow = int((slow_movers(shop) & shop.offered).sum())
    return (slow / there if there else 0.0), (certainty(slow, there) if there else 0.0)


def _increase_aov(shop: Shop) -> Weighed:
    """Room below three products an order, and spread. That saturates: wholesale orders vary by tens."""
    sizes = shop.book.sizes[shop.book.sizes > 0]
    if not len(sizes):
        return 0.0, 0.0
    room = max(0.0, (WANTED_ITEMS - float(sizes.mean())) / WANTED_ITEMS)
    spread = float(sizes.std()) / 2
    return room + (1.0 - room) * (spread / (1.0 + spread)) / 2, min(1.0, len(sizes) / SURE_ORDERS)


def _new_launch(shop: Shop) -> Weighed:
    """Among those whose launch is known. With few new ones the share is as well known as with many."""
    known = int((shop.offered & ~np.isnan(shop.catalog.launched_ms)).sum())
    new = int((shop.offered & shop.is_new).sum())
    if not known or not new:
        return 0.0, 0.0
    return min(1.0, new / known * NEW_WEIGHT), certainty(new, known)


def _seasonal_promo(shop: Shop) -> Weighed:
    return SEASON, min(0.8, shop.book.orders / SEASON_ORDERS)


def _category_bundle(shop: Shop) -> Weighed:
    """Diversity: 1 less the chance that two products share a category."""
    codes = shop.catalog.category[shop.offered & (shop.catalog.category >= 0)]
    if len(codes) < FOR_A_SET:
        return 0.0, 0.0
    shares = np.bincount(codes) / len(codes)
    count = int((shares > 0).sum())
    return float(1.0 - (shares**2).sum()) * 0.5, min(1.0, count / SURE_CATEGORIES)


def _gift_box(shop: Shop) -> Weighed:
    return GIFT, min(0.7, float(shop.offered.sum()) / GIFT_PRODUCTS)


def _subscription_push(shop: Shop) -> Weighed:
    """Nothing, where fewer than two products can be subscribed to."""
    many = int((shop.offered & shop.catalog.subscribable).sum()) >= FOR_A_SET
    return (SUBSCRIPTION if many else 0.0), 0.5


OBJECTIVES: Final[Mapping[Objective, Callable[[Shop], Weighed]]] = {
    "margin_guard": _margin_guard,
    "clear_slow_movers": _clear_slow_movers,
    "increase_aov": _increase_aov,
    "new_launch": _new_launch,
    "seasonal_promo": _seasonal_promo,
    "category_bundle": _category_bundle,
    "gift_box": _gift_box,
    "subscription_push": _subscription_push,
}


def _bounded(value: float) -> float:
    return min(1.0, max(0.0, float(value)))
