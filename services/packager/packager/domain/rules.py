"""What the members of a package must have in common. Each rule says by which ways it can be kept.

A rule holds where there is one point that suits every member: a window of ratings, a seat, a country, a day.
A way is such a point, with the members that it suits. What states nothing is not judged: all points suit it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from contracts.deal import Deal
from contracts.safety import SafetyRisk
from contracts.settings import PackingSettings
from contracts.terms import QUALITY_TIERS, AdType

BEFORE_ALL: Final = datetime.min.replace(tzinfo=UTC)
CURRENCY: Final = "USD"  # of comparison alone: a ratio is the same in any
ROUNDING: Final = 1 + 1e-9
SHOWN: Final = 40


class Rates(Protocol):
    def convert(self, amount: float, currency: str, to: str) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What packages of a run are measured by."""

    settings: PackingSettings
    rates: Rates


@dataclass(frozen=True, slots=True)
class Way:
    words: str  # after "deals"
    members: int  # a bit for each deal, the first deal being the lowest


@dataclass(frozen=True, slots=True)
class Rule:
    code: str
    setting: str
    words: str  # what it demands
    ways: Callable[[Sequence[Deal], Yardstick], Iterable[Way]]
    fact: Callable[[Deal], str]  # about one deal, after "it is"

    def on(self, settings: PackingSettings) -> bool:
        """Whether the run has this rule at all."""
        value = getattr(settings, self.setting)
        return not value if self.setting == "mix_media_types" else value is not None and value is not False


def bits(fits: Iterable[bool]) -> int:
    return sum(1 << place for place, fit in enumerate(fits) if fit)


def safety(deals: Sequence[Deal], by: Yardstick) -> Iterator[Way]:
    risks = [deal.safety.risk for deal in deals]
    for lowest in sorted(set(risks), key=lambda risk: risk.severity):
        highest = min(lowest.severity + by.settings.max_safety_spread, SafetyRisk.FLOOR.severity)
        names = _range(lowest.value, list(SafetyRisk)[highest].value)
        yield Way(f"rated {names}", bits(lowest.severity <= risk.severity <= highest for risk in risks))


def quality(deals: Sequence[Deal], by: Yardstick) -> Iterator[Way]:
    tiers = [_tier(deal) for deal in deals]
    for lowest in range(len(QUALITY_TIERS)):
        highest = min(lowest + by.settings.max_quality_spread, len(QUALITY_TIERS) - 1)
        names = _range(QUALITY_TIERS[lowest], QUALITY_TIERS[highest])
        yield Way(f"of tier {names}", bits(tier is None or lowest <= tier <= highest for tier in tiers))


def floors(deals: Sequence[Deal], by: Yardstick) -> Iterator[Way]:
    prices = [_floor(deal, by.rates) for deal in deals]
    spread = by.settings.max_floor_spread or 1
    for lowest in sorted({price for price in prices if price is not None}) or [0.0]:
        highest = lowest * spread
        within = bits(price is None or lowest <= price <= highest * ROUNDING for price in prices)
        yield Way(f"with floors of {lowest:.2f} to {highest:.2f} {CURRENCY}", within)


def seats(deals: Sequence[Deal], _: Yardstick) -> Iterator[Way]:
    """A seat may buy where it is listed or nobody is, unless it is blocked."""
    anybody = bits(not deal.terms.wseat for deal in deals)
    yield Way("that any seat may buy", anybody)
    listed = _by_name(deal.terms.wseat for deal in deals)
    blocked = _by_name(deal.terms.bseat for deal in deals)
    for seat, members in sorted(listed.items()):
        yield Way(f"that seat {seat[:SHOWN]} may buy", (members | anybody) & ~blocked.get(seat, 0))


def countries(deals: Sequence[Deal], _: Yardstick) -> Iterator[Way]:
    anywhere = bits(not deal.terms.countries for deal in deals)
    yield Way("sold everywhere", anywhere)
    for country, members in sorted(_by_name(deal.terms.countries for deal in deals).items()):
        yield Way(f"sold in {country}", members | anywhere)


def dates(deals: Sequence[Deal], _: Yardstick) -> Iterator[Way]:
    """If all run at some moment, they run at the latest start among them."""
    spans = [(deal.terms.startdate or BEFORE_ALL, deal.terms.enddate) for deal in deals]
    for moment in sorted({span[0] for span in spans}):
        running = bits(start <= moment and (end is None or moment <= end) for start, end in spans)
        words = "without a start" if moment == BEFORE_ALL else f"running on {moment:%Y-%m-%d}"
        yield Way(words, running)


def media_types(deals: Sequence[Deal], _: Yardstick) -> Iterator[Way]:
    for kind in AdType:
        yield Way(f"with {kind.value}", bits(not deal.adtypes or kind in deal.adtypes for deal in deals))


def _rated(deal: Deal) -> str:
    return f"rated {deal.safety.risk.value}"


def _of_tier(deal: Deal) -> str:
    return f"of tier {(deal.commercial.quality_tier or 'unknown')[:SHOWN]}"


def _priced(deal: Deal) -> str:
    return f"offered from {deal.terms.dealfloor or 0:.2f} {deal.terms.cur}"


def _for_seats(deal: Deal) -> str:
    return f"for seats {_some(deal.terms.wseat)}" if deal.terms.wseat else "closed to that seat"


def _sold_in(deal: Deal) -> str:
    return f"sold in {_some(deal.terms.countries)}"


def _running(deal: Deal) -> str:
    start, end = (
        "?" if moment is None else f"{moment:%Y-%m-%d}"
        for moment in (deal.terms.startdate, deal.terms.enddate)
    )
    return f"running from {start} to {end}"


def _shown_as(deal: Deal) -> str:
    return f"for {_some([kind.value for kind in deal.adtypes])}"


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "safety_spread",
        "max_safety_spread",
        "safety ratings lie at most so many steps apart (low, medium, high, unknown, floor)",
        safety,
        _rated,
    ),
    Rule(
        "quality_spread",
        "max_quality_spread",
        "quality tiers lie at most so many steps apart (Premium, Mid-tier, RON)",
        quality,
        _of_tier,
    ),
    Rule(
        "floor_spread",
        "max_floor_spread",
        "the highest floor is at most so many times the lowest, in one currency",
        floors,
        _priced,
    ),
    Rule("no_common_seat", "common_seats", "some buyer seat may buy all its deals", seats, _for_seats),
    Rule("no_common_country", "common_countries", "all its deals sell in some country", countries, _sold_in),
    Rule("no_common_date", "common_dates", "all its deals run on some day", dates, _running),
    Rule(
        "mixed_media",
        "mix_media_types",
        "all its deals have some media type in common",
        media_types,
        _shown_as,
    ),
)


def _tier(deal: Deal) -> int | None:
    tier = deal.commercial.quality_tier
    return QUALITY_TIERS.index(tier) if tier in QUALITY_TIERS else None


def _floor(deal: Deal, rates: Rates) -> float | None:
    floor, currency = deal.terms.dealfloor, deal.terms.cur
    if not floor or currency is None:
        return None
    return rates.convert(floor, currency, CURRENCY)


def _by_name(names_of_each: Iterable[Iterable[str]]) -> dict[str, int]:
    """For each name, who carries it."""
    found: defaultdict[str, int] = defaultdict(int)
    for place, names in enumerate(names_of_each):
        for name in names:
            found[name] |= 1 << place
    return dict(found)


def _range(lowest: str, highest: str) -> str:
    return lowest if lowest == highest else f"{lowest} to {highest}"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])[:SHOWN]
    return f"{shown} and others" if len(names) > 3 or len(shown) == SHOWN else shown  # noqa: PLR2004
