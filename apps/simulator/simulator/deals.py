"""A deal as a prompt shows it. Tolerant: a field that is missing or odd is unknown, never an error."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from simulator.question import BadQuestion

GARM_RISK = {"low": 0, "medium": 1, "high": 2, "floor": 3}  # Floor is the worst: IAB Content 3.1, bsr001


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _texts(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(text for text in map(_text, values) if text))


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _section(value: Any) -> Any:
    return value if isinstance(value, dict) else {}


Text = Annotated[str, BeforeValidator(_text)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Number = Annotated[float | None, BeforeValidator(_number)]
Flag = Annotated[bool | None, BeforeValidator(_flag)]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Taxonomy(Section):
    tier1: Text = ""
    tier2: Text = ""
    tier3: Text = ""


class Safety(Section):
    garm_risk_rating: Text = ""
    family_safe: Flag = None

    @property
    def risk(self) -> int | None:
        """0 (low) to 3 (floor, the worst); None: nobody knows, which is not the same as safe."""
        return GARM_RISK.get(self.garm_risk_rating.lower())


class Audience(Section):
    inferred_audience: Texts = ()
    demographic_hint: Text = ""


class Commercial(Section):
    quality_tier: Text = ""
    volume_tier: Text = ""
    floor_price: Number = None
    currency: Text = ""


class Deal(Section):
    deal_id: str
    deal_name: Text = ""
    ssp_name: Text = ""
    format: Text = ""
    taxonomy: Annotated[Taxonomy, BeforeValidator(_section)] = Taxonomy()
    concepts: Texts = ()
    safety: Annotated[Safety, BeforeValidator(_section)] = Safety()
    audience: Annotated[Audience, BeforeValidator(_section)] = Audience()
    commercial: Annotated[Commercial, BeforeValidator(_section)] = Commercial()
    publishers: Texts = Field(default=())
    media_types: Texts = ()
    seats: Texts = ()
    blocked_seats: Texts = ()
    countries: Texts = ()
    starts: Text = ""
    ends: Text = ""


def read_deals(items: Sequence[Any]) -> list[Deal]:
    """The deals by id; one that is listed twice counts once."""
    try:
        deals = [Deal.model_validate(item) for item in items]
    except ValidationError as error:
        raise BadQuestion(f"a deal has no deal_id: {error.errors()[0]['msg']}") from error
    return sorted({deal.deal_id: deal for deal in reversed(deals)}.values(), key=lambda deal: deal.deal_id)


def count(deals: Iterable[Deal], facet: Callable[[Deal], Iterable[str]]) -> list[tuple[str, int]]:
    """The values of a facet, the most frequent first, equals by name; the unknown value does not count."""
    counts = Counter(value for deal in deals for value in facet(deal) if value)
    return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))


def most_common(deals: Iterable[Deal], facet: Callable[[Deal], Iterable[str]], limit: int = 4) -> list[str]:
    return [value for value, _ in count(deals, facet)[:limit]]


def topic(deal: Deal) -> tuple[str, ...]:
    return (deal.taxonomy.tier1,)


def subtopic(deal: Deal) -> tuple[str, ...]:
    return (deal.taxonomy.tier2,)


def ad_format(deal: Deal) -> tuple[str, ...]:
    return (deal.format.lower(),)


def audiences(deal: Deal) -> tuple[str, ...]:
    return deal.audience.inferred_audience


def quality(deal: Deal) -> tuple[str, ...]:
    return (deal.commercial.quality_tier,)


def volume(deal: Deal) -> tuple[str, ...]:
    return (deal.commercial.volume_tier,)


def publishers(deal: Deal) -> tuple[str, ...]:
    return deal.publishers
