"""What the members of a package have in common, computed and never guessed."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from contracts.deal import Deal, Tier
from contracts.packages import Advice, Aggregates, SafetyView, Share
from contracts.safety import worst_of
from contracts.terms import AdType, InventoryType
from enricher.domain.money import Money, floor_of, floors_of

MAX_SHARES: Final = 40  # of one list: the event that carries them stays under 64 kB
MAX_NAME: Final = 120
MAX_SEATS: Final = 100


@dataclass(frozen=True, slots=True)
class Enrichment:
    """What is added to a package: computed, and advised by a model."""

    aggregates: Aggregates
    advice: Advice
    model: str
    prompt_version: int | None = None


def aggregate(deals: Sequence[Deal], money: Money) -> Aggregates:
    """The same for any order of the deals."""
    if not deals:
        raise ValueError("a package without deals has nothing to aggregate")
    seats = _common(deal.terms.wseat for deal in deals)
    return Aggregates(
        tier1=_tiers(deal.taxonomy.tier1 for deal in deals),
        tier2=_tiers(deal.taxonomy.tier2 for deal in deals),
        tier3=_tiers(deal.taxonomy.tier3 for deal in deals),
        safety=_safety(deals),
        audience=_shares(deal.audience.inferred_audience for deal in deals),
        floors=floors_of(deals),
        floor=floor_of(deals, money),
        formats=_shares(formats_of(deal) for deal in deals),
        publishers=_shares(deal.publishers for deal in deals),
        publishers_in_all=len({name for deal in deals for name in deal.publishers}),
        quality_tiers=_shares(_known(deal.commercial.quality_tier) for deal in deals),
        volume_tiers=_shares(_known(deal.commercial.volume_tier) for deal in deals),
        countries=_common(deal.terms.countries for deal in deals),
        seats=None if seats is None else seats[:MAX_SEATS],
        seats_in_all=None if seats is None else len(seats),
        starts=_latest_start(deals),
        ends=_earliest_end(deals),
    )


def formats_of(deal: Deal) -> Iterator[str]:
    """In the words of buyers: video on a television is CTV, a banner is display."""
    on_television = InventoryType.CTV in deal.inventory.types
    for kind in deal.adtypes:
        if kind is AdType.VIDEO and on_television:
            yield "ctv"
        else:
            yield "display" if kind is AdType.BANNER else kind.value


def _tiers(tiers: Iterable[Tier | None]) -> tuple[Share, ...]:
    return _shares(_known(tier.name if tier else None) for tier in tiers)


def _known(word: str | None) -> tuple[str, ...]:
    return () if word is None else (word,)


def _shares(names_of_each: Iterable[Iterable[str]]) -> tuple[Share, ...]:
    """How many members carry each name: the most frequent first, equals by name."""
    counts = Counter(name for names in names_of_each for name in {name[:MAX_NAME] for name in names})
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return tuple(Share(name=name, deals=deals) for name, deals in ordered[:MAX_SHARES])


def _safety(deals: Sequence[Deal]) -> SafetyView:
    """The worst holds for the package; what is unknown is never taken for safe."""
    worst = worst_of(deal.safety.risk for deal in deals)
    return SafetyView(
        worst=worst,
        caused_by=tuple(sorted(deal.item_id for deal in deals if deal.safety.risk is worst)),
        family_safe=_family_safe([deal.safety.family_safe for deal in deals]),
    )


def _family_safe(said: Sequence[bool | None]) -> bool | None:
    if False in said:
        return False
    return None if None in said else True


def _common(limits_of_each: Iterable[Iterable[str]]) -> tuple[str, ...] | None:
    """What all members allow; one that states no limit allows everything, and None means that all do."""
    limits = [set(limits) for limits in limits_of_each if limits]
    return tuple(sorted(set.intersection(*limits))) if limits else None


def _latest_start(deals: Sequence[Deal]) -> date | None:
    starts = [deal.terms.startdate for deal in deals if deal.terms.startdate]
    return max(starts).date() if starts else None


def _earliest_end(deals: Sequence[Deal]) -> date | None:
    ends = [deal.terms.enddate for deal in deals if deal.terms.enddate]
    return min(ends).date() if ends else None
