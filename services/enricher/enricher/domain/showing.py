"""What a proposed package says: its members, its exclusions, and what the model is shown of it."""

from collections.abc import Sequence
from typing import Any, Final

from contracts import InvalidEvent
from contracts.deal import Deal, Taxonomy, item_id
from contracts.packages import PackageProposed
from contracts.unplaced import Unplaced
from enricher.domain.aggregates import formats_of

SHOWN_LIST: Final = 20
SHOWN_TEXT: Final = 200


def members_of(deals: Sequence[Deal], item_ids: Sequence[str]) -> Sequence[Deal]:
    """The package's deals out of its cluster's, in the order of the ids."""
    by_id = {deal.item_id: deal for deal in deals}
    if missing := sorted(set(item_ids) - set(by_id)):
        raise InvalidEvent("bodies", f"the file of the cluster's deals lacks {', '.join(missing)}")
    return [by_id[item] for item in item_ids]


def exclusions_of(package: PackageProposed) -> tuple[Unplaced, ...]:
    return tuple(
        Unplaced(item_id=item_id(each.origin, each.deal_id), code=each.code, words=each.words)
        for each in package.excluded
    )


def shown(deal: Deal) -> dict[str, Any]:
    """Texts and lists are cut, so that no deal crowds out the others."""
    return {
        "deal_id": deal.item_id,
        "deal_name": deal.name[:SHOWN_TEXT],
        "ssp_name": deal.ssp_name[:SHOWN_TEXT],
        "format": ", ".join(formats_of(deal)),
        "taxonomy": _tiers(deal.taxonomy),
        "concepts": _cut(deal.concepts),
        "safety": {
            "garm_risk_rating": deal.safety.risk.value.title(),
            "family_safe": deal.safety.family_safe,
        },
        "audience": {
            "inferred_audience": _cut(deal.audience.inferred_audience),
            "demographic_hint": (deal.audience.demographic_hint or "")[:SHOWN_TEXT],
        },
        "commercial": {
            "quality_tier": deal.commercial.quality_tier,
            "volume_tier": deal.commercial.volume_tier,
            "floor_price": deal.terms.dealfloor,
            "currency": deal.terms.cur,
        },
        "publishers": _cut(deal.publishers),
    }


def _tiers(taxonomy: Taxonomy) -> dict[str, str]:
    tiers = {"tier1": taxonomy.tier1, "tier2": taxonomy.tier2, "tier3": taxonomy.tier3}
    return {level: tier.name for level, tier in tiers.items() if tier is not None}


def _cut(texts: Sequence[str]) -> list[str]:
    return [text[:SHOWN_TEXT] for text in texts[:SHOWN_LIST]]
