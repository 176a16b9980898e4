"""Deals that go together by topic, and a reason for each that is left out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from statistics import median_low

from simulator.deals import Deal, ad_format, audiences, count, subtopic
from simulator.naming import theme

SMALLEST_PACKAGE = 3
MOST_PACKAGES = 5
WORTH_DIVIDING = 8  # about 25 deals then become three to five packages, as in the field
FAR_WORSE = 2  # steps of the GARM scale

Facet = Callable[[Deal], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Excluded:
    deal: Deal
    code: str
    words: str


@dataclass(slots=True)
class Packing:
    groups: list[list[Deal]] = field(default_factory=list)
    excluded: list[Excluded] = field(default_factory=list)


def pack(deals: Sequence[Deal]) -> Packing:
    """Every deal is in exactly one group or excluded, whatever order the deals come in."""
    packing = Packing()
    for group in by_topic(deals):
        coherent = _without_unsafe(group, packing)
        if len(coherent) >= SMALLEST_PACKAGE and len(packing.groups) < MOST_PACKAGES:
            packing.groups.append(coherent)
        else:
            packing.excluded += left_out(coherent, packing, SMALLEST_PACKAGE)
    divide(packing.groups, SMALLEST_PACKAGE)
    return packing


def by_topic(deals: Sequence[Deal]) -> list[list[Deal]]:
    """Groups of one first tier, the largest first."""
    ordered = sorted(deals, key=lambda deal: (deal.taxonomy.tier1, deal.deal_id))
    groups = [list(group) for _, group in groupby(ordered, key=lambda deal: deal.taxonomy.tier1)]
    return sorted(groups, key=lambda group: (-len(group), group[0].taxonomy.tier1))


def _without_unsafe(group: Sequence[Deal], packing: Packing) -> list[Deal]:
    """The group without deals that are far worse than its middle; these are excluded."""
    risks = [deal.safety.risk for deal in group if deal.safety.risk is not None]
    limit = median_low(risks) + FAR_WORSE if risks else None
    unsafe = [deal for deal in group if limit is not None and (deal.safety.risk or 0) >= limit]
    packing.excluded += [
        Excluded(
            deal,
            "safety_mismatch",
            f"Rated {deal.safety.garm_risk_rating}, far worse than the other deals about {theme(group)}.",
        )
        for deal in unsafe
    ]
    return [deal for deal in group if deal not in unsafe]


def left_out(group: Sequence[Deal], packing: Packing, least: int) -> list[Excluded]:
    alone = len(group) == 1 and bool(packing.groups)
    if alone or len(group) >= least:
        words = f"{theme(group)} is not among the main themes of these deals."
        return [Excluded(deal, "off_topic", words) for deal in group]
    number = "one deal" if len(group) == 1 else f"{len(group)} deals"
    words = f"Only {number} about {theme(group)}; a package needs {least}."
    return [Excluded(deal, "too_few", words) for deal in group] if group else []


def divide(groups: list[list[Deal]], least: int) -> None:
    """Large groups are halved, the largest first, by second tier, then format, then audience."""
    while len(groups) < MOST_PACKAGES:
        groups.sort(key=lambda group: (-len(group), group[0].deal_id))
        halves = next(((group, parts) for group in groups if (parts := _halves(group, least))), None)
        if halves is None:
            return
        groups.remove(halves[0])
        groups.extend(halves[1])
    groups.sort(key=lambda group: (-len(group), group[0].deal_id))


def _halves(group: Sequence[Deal], least: int) -> tuple[list[Deal], list[Deal]] | None:
    facets: tuple[Facet, ...] = (subtopic, ad_format, audiences)
    if len(group) < max(WORTH_DIVIDING, 2 * least):
        return None
    for facet in facets:
        for value, number in count(group, facet):
            if least <= number <= len(group) - least:
                return (
                    [deal for deal in group if value in _values(deal, facet)],
                    [deal for deal in group if value not in _values(deal, facet)],
                )
    return None


def _values(deal: Deal, facet: Facet) -> set[str]:
    return set(facet(deal))
