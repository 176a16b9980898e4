"""Floors, as they are stated and in one currency."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from contracts.deal import Deal
from contracts.packages import FloorRange, FloorView, Share
from contracts.rates import Rates

DIGITS: Final = 4  # of converted money: rates are no more exact than that


@dataclass(frozen=True, slots=True)
class Money:
    """The currency in which a run's floors are told, and what others are worth in it."""

    currency: str
    rates: Rates


def floors_of(deals: Sequence[Deal]) -> tuple[FloorRange, ...]:
    """By currency: nothing is mixed, and nothing is converted."""
    floors: defaultdict[str, list[float]] = defaultdict(list)
    for deal in deals:
        if deal.terms.dealfloor is not None and deal.terms.cur is not None:
            floors[deal.terms.cur].append(deal.terms.dealfloor)
    return tuple(
        FloorRange(
            currency=currency,
            lowest=min(prices),
            median=median(prices),
            highest=max(prices),
            deals=len(prices),
        )
        for currency, prices in sorted(floors.items())
    )


def floor_of(deals: Sequence[Deal], money: Money) -> FloorView | None:
    """In one currency. What has no rate is left out, and the view says so."""
    known = [(price, deal) for deal in deals if (price := converted(deal, money)) is not None]
    if not known:
        return None
    prices = sorted(price for price, _ in known)
    return FloorView(
        currency=money.currency,
        rates_as_of=money.rates.as_of,
        lowest=round(prices[0], DIGITS),
        median=round(median(prices), DIGITS),
        highest=round(prices[-1], DIGITS),
        weighted=_weighted(known),
        deals=len(known),
        unknown_rates=_unknown(deals, money),
    )


def converted(deal: Deal, money: Money) -> float | None:
    """None: there is no floor, or no rate for its currency."""
    if deal.terms.dealfloor is None or deal.terms.cur is None:
        return None
    return money.rates.convert(deal.terms.dealfloor, deal.terms.cur, money.currency)


def volume_of(deal: Deal) -> float | None:
    """What the deal states of its volume: its units, else the scale of its inventory."""
    return deal.terms.units if deal.terms.units is not None else deal.commercial.inventory_scale


def _weighted(known: Sequence[tuple[float, Deal]]) -> float | None:
    weighed = sorted((price, volume) for price, deal in known if (volume := volume_of(deal)))
    total = sum(volume for _, volume in weighed)
    return round(sum(price * volume for price, volume in weighed) / total, DIGITS) if total else None


def _unknown(deals: Sequence[Deal], money: Money) -> tuple[Share, ...]:
    lost = Counter(
        deal.terms.cur
        for deal in deals
        if deal.terms.dealfloor is not None and deal.terms.cur is not None and converted(deal, money) is None
    )
    return tuple(Share(name=currency, deals=count) for currency, count in sorted(lost.items()))
