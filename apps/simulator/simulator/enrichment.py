"""The answer to enrich_package: what a buyer reads about a package."""

import re
from collections.abc import Sequence
from typing import Any

from simulator.deals import Deal, most_common, publishers, quality, read_deals, topic, volume
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

NAMED_IN_TEXT = re.compile(r"^\W*package(?:[ _]name)?\W*:\s*(.+?)\s*$", re.IGNORECASE | re.MULTILINE)
AT_MOST = 4

# Who advertises beside a theme; a theme that is not here names itself.
VERTICALS = {
    "automotive": ("Automotive", "Insurance"),
    "business and finance": ("Financial Services", "B2B"),
    "family and relationships": ("Consumer Packaged Goods", "Retail"),
    "food & drink": ("Food & Beverage", "Grocery Retail"),
    "healthy living": ("Health & Wellness", "Consumer Packaged Goods"),
    "home & garden": ("Home Improvement", "Retail"),
    "medical health": ("Pharmaceutical", "Health & Wellness"),
    "movies": ("Entertainment", "Streaming"),
    "music and audio": ("Entertainment", "Consumer Electronics"),
    "news and politics": ("Financial Services", "Telecommunications"),
    "personal finance": ("Financial Services", "Insurance"),
    "shopping": ("Retail", "E-Commerce"),
    "sports": ("Sports & Fitness", "Beverages"),
    "style & fashion": ("Fashion & Beauty", "Luxury"),
    "technology & computing": ("Technology", "Telecommunications"),
    "television": ("Entertainment", "Streaming"),
    "travel": ("Travel & Hospitality", "Airlines"),
    "video gaming": ("Gaming", "Consumer Electronics"),
}
USES = {
    "CTV": "Living-room reach that adds to linear television",
    "Video": "Video storytelling with measurable completion",
    "Display": "Efficient reach and retargeting with display",
    "Native": "Consideration with ads in the look of their surroundings",
    "Audio": "Reaching listeners where no screen is looked at",
    "Multi-Format": "One message across several formats",
}


def enrich_package(question: Question) -> dict[str, Any]:
    deals = read_deals(question.items("deals"))
    return {
        "description": _description(_name(question, deals), deals),
        "verticals": _verticals(deals),
        "use_cases": _use_cases(deals),
        "recommendations": _recommendations(deals),
    }


def _name(question: Question, deals: Sequence[Deal]) -> str:
    """What the question calls the package: in its data, else in its text, else what the deals suggest."""
    records = [record for name in question.data if name != "deals" for record in question.data[name]]
    named = [record.get("package_name") for record in records if isinstance(record, dict)]
    in_data = next((name for name in named if isinstance(name, str) and name), None)
    in_text = NAMED_IN_TEXT.search(question.user)
    return in_data or (in_text.group(1) if in_text else package_name(deals))


def _description(name: str, deals: Sequence[Deal]) -> str:
    number = "1 deal" if len(deals) == 1 else f"{len(deals)} deals"
    facts = f"{name} brings together {number} about {theme(deals)}"
    if outlets := most_common(deals, publishers, limit=3):
        facts += f" on {listed(outlets)}"
    audience = shared_audience(deals)
    reach = f"It reaches {audience}" if audience else "It reaches a broad audience"
    return f"{facts}. {reach}, with {price_range(deals)}."


def _verticals(deals: Sequence[Deal]) -> list[str]:
    themes = most_common(deals, topic, limit=2) or ["General Interest"]
    found = [vertical for each in themes for vertical in VERTICALS.get(each.lower(), (each,))]
    return list(dict.fromkeys(found))[:AT_MOST]


def _use_cases(deals: Sequence[Deal]) -> list[str]:
    uses = [USES.get(format_words(deals), f"Campaigns about {theme(deals)}")]
    if audience := shared_audience(deals):
        uses.append(f"Reaching {audience} in a fitting context")
    uses += [f"Contextual alignment with {about}" for about in subtopics(deals, limit=2)]
    return uses[:AT_MOST]


def _recommendations(deals: Sequence[Deal]) -> list[str]:
    advice = [_safety_advice(deals), f"Bid with the {price_range(deals)} in mind."]
    if most_common(deals, volume, limit=1) == ["High"]:
        advice.append("Set a frequency cap: volume is high.")
    if most_common(deals, quality, limit=1) == ["Premium"]:
        advice.append("Use the placements for brand campaigns: most are premium.")
    return advice[:AT_MOST]


def _safety_advice(deals: Sequence[Deal]) -> str:
    risks = [deal.safety.risk for deal in deals]
    known = [risk for risk in risks if risk is not None]
    if known and max(known) >= 2:  # noqa: PLR2004 - high and floor
        return "Keep sensitive brands out: the worst safety rating is High or Floor."
    if len(known) < len(risks):
        return "Check the brand safety of the deals that have no rating."
    return "Fit for most brands: no deal is rated worse than Medium."
