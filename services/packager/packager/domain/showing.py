"""What the model sees of deals and rules. Texts and lists are cut: no deal crowds out the others."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from contracts.deal import Deal, Taxonomy
from contracts.settings import PackingSettings
from contracts.terms import AdType, InventoryType
from packager.domain.texts import shortened

SHOWN_LIST: Final = 20
SHOWN_TEXT: Final = 200


def shown(deal: Deal) -> dict[str, Any]:
    """What the first version of the question shows."""
    return {
        "deal_id": deal.item_id,
        "deal_name": shortened(deal.name, SHOWN_TEXT),
        "ssp_name": shortened(deal.ssp_name, SHOWN_TEXT),
        "format": ", ".join(_formats(deal)),
        "taxonomy": _tiers(deal.taxonomy),
        "concepts": _cut(deal.concepts),
        "safety": {
            "garm_risk_rating": deal.safety.risk.value.title(),
            "family_safe": deal.safety.family_safe,
        },
        "audience": {
            "inferred_audience": _cut(deal.audience.inferred_audience),
            "demographic_hint": shortened(deal.audience.demographic_hint or "", SHOWN_TEXT),
        },
        "commercial": {
            "quality_tier": deal.commercial.quality_tier,
            "volume_tier": deal.commercial.volume_tier,
            "floor_price": deal.terms.dealfloor,
            "currency": deal.terms.cur,
        },
        "publishers": _cut(deal.publishers),
    }


def enriched(deal: Deal) -> dict[str, Any]:
    """With what the rules are about: media types, buyers, places and times. Nothing stated: no limit."""
    terms = deal.terms
    return shown(deal) | {
        "media_types": [kind.value for kind in deal.adtypes],
        "seats": _cut(terms.wseat),
        "blocked_seats": _cut(terms.bseat),
        "countries": _cut(terms.countries),
        "starts": terms.startdate.isoformat() if terms.startdate else None,
        "ends": terms.enddate.isoformat() if terms.enddate else None,
    }


def rules_of(settings: PackingSettings) -> dict[str, Any]:
    """The rules of this run, as the model is told them."""
    return settings.model_dump(mode="json", exclude={"llm"})


def _tiers(taxonomy: Taxonomy) -> dict[str, str]:
    tiers = {"tier1": taxonomy.tier1, "tier2": taxonomy.tier2, "tier3": taxonomy.tier3}
    return {level: tier.name for level, tier in tiers.items() if tier is not None}


def _formats(deal: Deal) -> Iterator[str]:
    on_television = InventoryType.CTV in deal.inventory.types
    for kind in deal.adtypes:
        if kind is AdType.VIDEO and on_television:
            yield "ctv"
        else:
            yield "display" if kind is AdType.BANNER else kind.value


def _cut(texts: Sequence[str]) -> list[str]:
    return [shortened(text, SHOWN_TEXT) for text in texts[:SHOWN_LIST]]
