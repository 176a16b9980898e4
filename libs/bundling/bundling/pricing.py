"""What a bundle costs: less than its parts, never less than its margin allows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from typing import Final

import numpy as np

from bundling.bundle import BundleType, Candidate, Objective
from bundling.catalog import Catalog, Real
from contracts.terms import minor_digits

MARGIN_FLOOR: Final = 0.15
COLD_MARGIN_FLOOR: Final = 0.20
DISCOUNTS: Final[Mapping[BundleType, float]] = {"FBT": 0.05, "FIXED": 0.10, "MIX_MATCH": 0.10}
MORE_OFF: Final[Mapping[Objective, float]] = {
    "clear_slow_movers": 0.10,
    "seasonal_promo": 0.05,
    "margin_guard": -0.05,
}
TIER_STEP: Final = 0.05  # off for each further product of a mix and match
NOISE: Final = 9  # digits after which a sum of cents shows that they have no exact binary form
DIGITS: Final = Context(prec=330)  # of any float: the usual 28 end at prices that only a typing error has


@dataclass(frozen=True, slots=True)
class Tier:
    """Of a mix and match: from so many products on, each is so much cheaper."""

    quantity: int
    discount: float


@dataclass(frozen=True, slots=True)
class Price:
    """Of a bundle as a whole. No margin: not every cost is known."""

    full: float
    price: float
    discount: float
    dearest: float
    tiers: tuple[Tier, ...] = ()
    margin: float | None = None


def priced(candidate: Candidate, catalog: Catalog) -> Price:
    """Nan stays nan: the gates refuse what has no price."""
    rows = list(candidate.rows)
    prices, costs = _in_one_currency(rows, catalog), catalog.costs[rows]
    full, dearest = round(float(prices.sum()), NOISE), float(prices.max())
    unit = _unit(catalog.currencies[catalog.currency[rows[0]]])
    for_margin = _least_for_any if candidate.kind == "MIX_MATCH" else _least_for_all
    least = max(for_margin(prices, costs, floor_of(candidate)), dearest + float(unit))
    first = max(0.0, DISCOUNTS[candidate.kind] + MORE_OFF.get(candidate.objective, 0.0))
    steps = max(0, len(rows) - 2) if candidate.kind == "MIX_MATCH" else 0
    discount = _afforded(first + TIER_STEP * steps, full, least)
    price = _charged(full * (1 - discount), least, full, unit)
    cost = float(costs.sum())
    return Price(
        full=full,
        price=price,
        discount=discount,
        dearest=dearest,
        tiers=_tiers(len(rows), first, discount) if candidate.kind == "MIX_MATCH" else (),
        margin=None if np.isnan(cost) or not price > 0 else (price - cost) / price,
    )


def floor_of(candidate: Candidate) -> float:
    return COLD_MARGIN_FLOOR if candidate.cold_start else MARGIN_FLOOR


def valid_ladder(price: Price) -> bool:
    """Less than its parts, more than its dearest one, and more products are not dearer each."""
    falling = [tier.discount for tier in price.tiers]
    return (
        price.full > 0
        and price.dearest < price.price <= price.full
        and falling == sorted(falling)
        and 0 <= price.discount < 1
    )


def _in_one_currency(rows: Sequence[int], catalog: Catalog) -> Real:
    """Amounts in two currencies have no sum."""
    same = len(set(catalog.currency[rows].tolist())) == 1
    return np.where(same, catalog.prices[rows], np.nan)


def _least_for_all(prices: Real, costs: Real, floor: float) -> float:
    """Of the whole: at this price the products whose cost is known keep the floor together."""
    known = ~np.isnan(costs)
    value = float(prices[known].sum())
    return float(costs[known].sum()) / (1 - floor) * float(prices.sum()) / value if value > 0 else 0.0


def _least_for_any(prices: Real, costs: Real, floor: float) -> float:
    """A buyer who chooses may choose the poorest: at this price each product keeps the floor by itself."""
    known = ~np.isnan(costs)
    shares = costs[known] / prices[known]
    return float(prices.sum()) * float(shares.max(initial=0.0)) / (1 - floor)


def _afforded(wanted: float, full: float, least: float) -> float:
    """As much as is wanted, or as whole percents leave above the least."""
    if not full > 0:
        return wanted
    most = np.floor((1 - least / full) * 100 + 10.0**-NOISE) / 100
    return max(0.0, min(wanted, float(most)))


def _tiers(products: int, first: float, last: float) -> tuple[Tier, ...]:
    """From two products on up to all of them, none more than the whole gives."""
    quantities: Sequence[int] = range(2, products + 1)
    return tuple(
        Tier(quantity, round(min(last, first + TIER_STEP * place), 4))
        for place, quantity in enumerate(quantities)
    )


def _unit(currency: str) -> Decimal:
    """The smallest amount that can be paid."""
    return Decimal(1).scaleb(-minor_digits(currency))


def _charged(amount: float, least: float, most: float, unit: Decimal) -> float:
    """The nearest that can be paid, not below the least as long as that is not above the most."""
    if np.isnan(amount):
        return amount
    nearest = _paid(amount, unit, ROUND_HALF_UP)
    return float(min(max(nearest, _paid(least, unit, ROUND_CEILING)), _paid(most, unit, ROUND_FLOOR)))


def _paid(amount: float, unit: Decimal, rounding: str) -> Decimal:
    return Decimal(str(round(amount, NOISE))).quantize(unit, rounding, DIGITS)
