"""The answer to propose_packages: deals that go together, and a reason for each that is left out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from statistics import median_low
from typing import Any

from simulator.deals import Deal, ad_format, audiences, count, read_deals, subtopic
from simulator.naming import (
    format_words,
    listed,
    package_name,
    price_range,
    shared_audience,
    subtopics,
    theme,
)
from simulator.question import Question

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


def propose_packages(question: Question) -> dict[str, Any]:
    packing = pack(read_deals(question.items("deals")))
    names = _distinct([package_name(group) for group in packing.groups])
    return {
        "packages": [
            {
                "package_name": name,
                "deal_ids": [deal.deal_id for deal in group],
                "reasoning": reasoning(group),
            }
            for name, group in zip(names, packing.groups, strict=True)
        ],
        "excluded": [
            {"deal_id": each.deal.deal_id, "code": each.code, "words": each.words}
            for each in sorted(packing.excluded, key=lambda each: each.deal.deal_id)
        ],
    }


def pack(deals: Sequence[Deal]) -> Packing:
    """Every deal is in exactly one group or excluded, whatever order the deals come in."""
    packing = Packing()
    for group in _by_topic(deals):
        coherent = _without_unsafe(group, packing)
        if len(coherent) >= SMALLEST_PACKAGE and len(packing.groups) < MOST_PACKAGES:
            packing.groups.append(coherent)
        else:
            packing.excluded += _left_out(coherent, packing)
    _divide(packing.groups)
    return packing


def reasoning(group: Sequence[Deal]) -> str:
    facts = [f"{len(group)} {format_words(group) or 'ad'} deals about {theme(group)}"]
    if len(about := subtopics(group)) > 1:
        facts.append(f"covering {listed(about)}")
    if audience := shared_audience(group):
        facts.append(f"sharing the audience {audience}")
    prices = price_range(group)
    return f"{', '.join(facts)}. {prices[0].upper()}{prices[1:]}; {_safety_words(group)}."


def _by_topic(deals: Sequence[Deal]) -> list[list[Deal]]:
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


def _left_out(group: Sequence[Deal], packing: Packing) -> list[Excluded]:
    alone = len(group) == 1 and bool(packing.groups)
    if alone or len(group) >= SMALLEST_PACKAGE:
        words = f"{theme(group)} is not among the main themes of these deals."
        return [Excluded(deal, "off_topic", words) for deal in group]
    number = "one deal" if len(group) == 1 else f"{len(group)} deals"
    words = f"Only {number} about {theme(group)}; a package needs {SMALLEST_PACKAGE}."
    return [Excluded(deal, "too_few", words) for deal in group] if group else []


def _divide(groups: list[list[Deal]]) -> None:
    """Large groups are halved, the largest first, by second tier, then format, then audience."""
    while len(groups) < MOST_PACKAGES:
        groups.sort(key=lambda group: (-len(group), group[0].deal_id))
        halves = next(((group, parts) for group in groups if (parts := _halves(group))), None)
        if halves is None:
            return
        groups.remove(halves[0])
        groups.extend(halves[1])
    groups.sort(key=lambda group: (-len(group), group[0].deal_id))


def _halves(group: Sequence[Deal]) -> tuple[list[Deal], list[Deal]] | None:
    facets: tuple[Facet, ...] = (subtopic, ad_format, audiences)
    if len(group) < WORTH_DIVIDING:
        return None
    for facet in facets:
        for value, number in count(group, facet):
            if SMALLEST_PACKAGE <= number <= len(group) - SMALLEST_PACKAGE:
                return (
                    [deal for deal in group if value in _values(deal, facet)],
                    [deal for deal in group if value not in _values(deal, facet)],
                )
    return None


def _values(deal: Deal, facet: Facet) -> set[str]:
    return set(facet(deal))


def _safety_words(group: Sequence[Deal]) -> str:
    ratings = {
        deal.safety.garm_risk_rating: deal.safety.risk for deal in group if deal.safety.risk is not None
    }
    if not ratings:
        return "no safety rating is known"
    worst = max(ratings, key=lambda rating: (ratings[rating] or 0, rating))
    if any(deal.safety.risk is None for deal in group):
        return f"the worst known safety rating is {worst}, some are unknown"
    return f"rated {worst} throughout" if len(ratings) == 1 else f"the worst safety rating is {worst}"


def _distinct(names: Sequence[str]) -> list[str]:
    """Equal names get a number from the second on."""
    return [
        f"{name} ({before + 1})" if (before := list(names[:place]).count(name)) else name
        for place, name in enumerate(names)
    ]
