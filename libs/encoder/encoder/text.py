"""What of a deal is embedded, in the order of the requirement: the same deal always gives the same text."""

import hashlib
from collections.abc import Iterator

from contracts.deal import Audience, Commercial, Deal, Safety
from contracts.safety import SafetyRisk


def text_of(deal: Deal) -> str:
    """Name, exchange, format, taxonomy, concepts, safety, audience, tiers, publishers, as far as known."""
    return ". ".join(f"{label}: {words}" for label, words in _parts(deal) if words)


def text_sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _parts(deal: Deal) -> Iterator[tuple[str, str]]:
    yield "Deal", deal.name
    yield "SSP", deal.ssp_name
    yield "Format", ", ".join(deal.adtypes)
    yield "Taxonomy", " > ".join(tier.name for tier in deal.taxonomy.tiers)
    yield "Concepts", ", ".join(deal.concepts)
    yield "Safety", ", ".join(_safety(deal.safety))
    yield "Audience", ", ".join(_audience(deal.audience))
    yield "Commercial", ", ".join(_commercial(deal.commercial))
    yield "Publishers", ", ".join(deal.publishers)


def _safety(safety: Safety) -> Iterator[str]:
    if safety.risk is SafetyRisk.FLOOR:
        yield "brand safety floor"
    elif safety.risk is not SafetyRisk.UNKNOWN:
        yield f"{safety.risk} risk"
    if safety.family_safe is not None:
        yield "family safe" if safety.family_safe else "not family safe"


def _audience(audience: Audience) -> Iterator[str]:
    yield from audience.inferred_audience
    if audience.demographic_hint is not None:
        yield audience.demographic_hint


def _commercial(commercial: Commercial) -> Iterator[str]:
    if commercial.quality_tier is not None:
        yield f"{commercial.quality_tier} quality"
    if commercial.volume_tier is not None:
        yield f"{commercial.volume_tier} volume"
