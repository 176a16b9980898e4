"""The answer to propose_packages, in both its versions."""

from collections.abc import Sequence
from typing import Any

from simulator.deals import Deal, read_deals
from simulator.naming import (
    format_words,
    listed,
    package_name,
    price_range,
    shared_audience,
    subtopics,
    theme,
)
from simulator.packing import pack
from simulator.question import Question
from simulator.ruled import pack_by_rules
from simulator.rules import read_rules


def propose_packages(question: Question) -> dict[str, Any]:
    rules = read_rules(question)
    packing = (
        pack(read_deals(question.items("deals")))
        if rules is None
        else pack_by_rules(read_deals(question.items("enriched_deals")), rules)
    )
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


def reasoning(group: Sequence[Deal]) -> str:
    facts = [f"{len(group)} {format_words(group) or 'ad'} deals about {theme(group)}"]
    if len(about := subtopics(group)) > 1:
        facts.append(f"covering {listed(about)}")
    if audience := shared_audience(group):
        facts.append(f"sharing the audience {audience}")
    prices = price_range(group)
    return f"{', '.join(facts)}. {prices[0].upper()}{prices[1:]}; {_safety_words(group)}."


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
