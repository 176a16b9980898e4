"""The rules of a run, as the second version of the question states them, and deals that keep them."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from pydantic import BaseModel, ConfigDict, ValidationError

from simulator.deals import Deal
from simulator.question import BadQuestion, Question

RATINGS = ("low", "medium", "high", "unknown", "floor")
TIERS = ("premium", "mid-tier", "ron")
NEAR_PAR = {"", "USD", "EUR", "GBP", "CHF", "CAD", "AUD"}
PAR_MARGIN = 2.0  # so much two of these differ at most, and floors in them are compared as they are

Fits = Callable[[Deal], bool]


class Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    min_deals: int = 3
    max_safety_spread: int = 1
    max_quality_spread: int = 1
    max_floor_spread: float | None = 10
    common_seats: bool = True
    common_countries: bool = True
    common_dates: bool = True
    mix_media_types: bool = False


def read_rules(question: Question) -> Rules | None:
    """None: the question states no rules, as its first version."""
    if "rules" not in question.data:
        return None
    try:
        return Rules.model_validate(next(iter(question.items("rules")), {}))
    except ValidationError as error:
        raise BadQuestion(f"the rules are none: {error.errors()[0]['msg']}") from error


def together(deals: Sequence[Deal], rules: Rules) -> list[Deal]:
    """Many of the deals that keep every rule: rule by rule the largest part."""
    kept = list(deals)
    for _, ways in _demands(kept, rules):
        kept = max(([deal for deal in kept if fits(deal)] for fits in ways), key=len, default=kept)
    return kept


def mismatch(deal: Deal, group: Sequence[Deal], rules: Rules) -> str:
    """Why the deal cannot join the group, as a code."""
    joined = [*group, deal]
    for code, ways in _demands(joined, rules):
        if not any(all(fits(each) for each in joined) for fits in ways):
            return code
    return "off_topic"


def _demands(deals: Sequence[Deal], rules: Rules) -> Iterator[tuple[str, list[Fits]]]:
    if not rules.mix_media_types:
        kinds = sorted({kind for deal in deals for kind in deal.media_types})
        yield "format_mismatch", [_states(kind, _media) for kind in kinds] or [_any]
    yield "safety_mismatch", list(_windows(range(len(RATINGS)), rules.max_safety_spread, _rating))
    yield "quality_mismatch", list(_windows(range(len(TIERS)), rules.max_quality_spread, _tier))
    if rules.max_floor_spread is not None:
        yield "price_mismatch", list(_prices(deals, rules.max_floor_spread))
    if rules.common_seats:
        yield "seat_mismatch", [_open, *(_sells_to(seat) for seat in _named(deals, _seats))]
    if rules.common_countries:
        yield "country_mismatch", [_states("", _countries), *_of_each(deals, _countries)]
    if rules.common_dates:
        yield "date_mismatch", [_runs_at(moment) for moment in sorted({deal.starts or "" for deal in deals})]


def _windows(places: Iterable[int], spread: int, place: Callable[[Deal], int | None]) -> Iterator[Fits]:
    for lowest in places:
        yield lambda deal, lowest=lowest: (  # type: ignore[misc]
            (found := place(deal)) is None or lowest <= found <= lowest + spread
        )


def _prices(deals: Sequence[Deal], spread: float) -> Iterator[Fits]:
    """Floors of currencies that are worth something else are left to those who know the rates."""
    priced = [deal for deal in deals if deal.commercial.floor_price]
    currencies = {deal.commercial.currency for deal in priced}
    limit = spread if len(currencies) <= 1 else max(1.0, spread / PAR_MARGIN)
    floors = sorted({deal.commercial.floor_price or 0 for deal in priced}) or [0.0]
    for lowest in floors:
        yield lambda deal, lowest=lowest: (  # type: ignore[misc]
            not deal.commercial.floor_price
            or (
                lowest <= deal.commercial.floor_price <= lowest * limit
                and (len(currencies) <= 1 or deal.commercial.currency in NEAR_PAR)
            )
        )


def _of_each(deals: Sequence[Deal], facet: Callable[[Deal], Sequence[str]]) -> list[Fits]:
    return [_states(name, facet) for name in _named(deals, facet)]


def _named(deals: Sequence[Deal], facet: Callable[[Deal], Sequence[str]]) -> list[str]:
    return sorted({name for deal in deals for name in facet(deal)})


def _states(name: str, facet: Callable[[Deal], Sequence[str]]) -> Fits:
    return lambda deal: not facet(deal) or name in facet(deal)


def _sells_to(seat: str) -> Fits:
    return lambda deal: (not deal.seats or seat in deal.seats) and seat not in deal.blocked_seats


def _runs_at(moment: str) -> Fits:
    """ISO 8601 in UTC, as the question writes it, sorts as text."""
    return lambda deal: (deal.starts or "") <= moment and (not deal.ends or moment <= deal.ends)


def _any(_: Deal) -> bool:
    return True


def _open(deal: Deal) -> bool:
    return not deal.seats


def _media(deal: Deal) -> Sequence[str]:
    return deal.media_types


def _seats(deal: Deal) -> Sequence[str]:
    return deal.seats


def _countries(deal: Deal) -> Sequence[str]:
    return deal.countries


def _rating(deal: Deal) -> int:
    word = deal.safety.garm_risk_rating.lower()
    return RATINGS.index(word if word in RATINGS else "unknown")


def _tier(deal: Deal) -> int | None:
    word = deal.commercial.quality_tier.lower()
    return TIERS.index(word) if word in TIERS else None
