"""What of an item is embedded: the same deal, product or node always gives the same text."""

import hashlib
from collections.abc import Iterator

from contracts.deal import Audience, Commercial, Deal, Safety
from contracts.product import Product
from contracts.ranking import GraphNode
from contracts.safety import SafetyRisk

LONGEST_DESCRIPTION = 2000  # characters: an encoder reads no further


def text_of(deal: Deal) -> str:
    """In the order of the requirement: name, exchange, format, taxonomy, concepts, safety and so on."""
    return ". ".join(f"{label}: {words}" for label, words in _parts(deal) if words)


def text_of_product(product: Product) -> str:
    """In its own words alone: labels would make products alike that have nothing in common."""
    attributes = (f"{name} {value}" for name, value in sorted(product.attributes.items()))
    parts = (
        product.name,
        product.brand,
        product.category,
        ", ".join(product.features),
        (product.description or "")[:LONGEST_DESCRIPTION],
        ", ".join(attributes),
    )
    return ". ".join(part for part in parts if part)


def text_of_node(node: GraphNode) -> str:
    """Of a deal graph: what it is and where, then its own words."""
    parts = (
        node.name,
        ", ".join(node.sectors),
        ", ".join(node.regions),
        node.snippet[:LONGEST_DESCRIPTION],
        ", ".join(node.attributes),
    )
    return ". ".join(part for part in parts if part)


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
