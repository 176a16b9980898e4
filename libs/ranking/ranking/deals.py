"""Deals as candidates, and packages as the clusters that queries are written about."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from contracts.deal import Audience, Deal, Safety
from contracts.errors import InvalidEvent
from contracts.safety import SafetyRisk
from ranking.candidate import Candidate, Collection, MiniCluster, Vectors


@dataclass(frozen=True, slots=True)
class Package:
    """What is bought as one. `home`: the cluster of deals that it was made of."""

    package_id: str
    home: str
    name: str
    deal_ids: tuple[str, ...]


def candidate_of(deal: Deal) -> Candidate:
    tier1 = deal.taxonomy.tier1
    return Candidate(
        candidate_id=deal.item_id,
        name=deal.name,
        text=". ".join(f"{label}: {words}" if label else words for label, words in _parts(deal) if words),
        sectors=(tier1.name,) if tier1 else (),
        regions=deal.terms.countries,
        attributes=tuple(f"{name}: {value}" for name, value in _attributes(deal)),
        snippet=". ".join(filter(None, (_described(deal), ", ".join(deal.concepts)))),
    )


def collection_of_packages(
    deals: Sequence[Deal],
    packages: Sequence[Package],
    *,
    clusters: Mapping[str, tuple[str, ...]],
    homes: Mapping[str, str],
    vectors: Vectors,
    model: str,
) -> Collection:
    """`clusters`: the deals of each home; `homes`: the home of each deal; `vectors`: a row for each deal.

    Deals that are not given are left out, and packages that have no other with them.
    """
    ids = [deal.item_id for deal in deals]
    if len(set(ids)) < len(ids) or len(vectors) != len(ids):
        raise InvalidEvent(
            "vectors", f"give each deal once and its vector: {len(ids)} deals, {len(vectors)} vectors"
        )
    order = sorted(range(len(ids)), key=ids.__getitem__)
    there = frozenset(ids)
    minis = (_mini_cluster(package, clusters, there) for package in packages)
    return Collection(
        candidates=tuple(candidate_of(deals[row]) for row in order),
        clusters=tuple(sorted((mini for mini in minis if mini.core), key=lambda mini: mini.cluster_id)),
        vectors=np.asarray(vectors, np.float32)[order],
        model=model,
        homes={deal_id: homes[deal_id] for deal_id in sorted(there & homes.keys())},
    )


def _mini_cluster(
    package: Package, clusters: Mapping[str, tuple[str, ...]], there: frozenset[str]
) -> MiniCluster:
    core = there.intersection(package.deal_ids)
    around = there.intersection(clusters.get(package.home, ())) - core
    return MiniCluster(
        package.package_id, package.name, package.home, tuple(sorted(core)), tuple(sorted(around))
    )


def _parts(deal: Deal) -> Iterator[tuple[str, str]]:
    """All that a buyer could search by; not who may buy, and not the price."""
    yield "", deal.name
    yield "", _described(deal)
    yield "Topic", " > ".join(tier.name for tier in deal.taxonomy.tiers)
    yield "Concepts", ", ".join(deal.concepts)
    yield "Format", ", ".join((*deal.adtypes, *deal.inventory.types))
    yield "Audience", ", ".join(_audience(deal.audience))
    yield "Safety", ", ".join(_safety(deal.safety))
    yield "Quality", deal.commercial.quality_tier or ""
    yield "Volume", deal.commercial.volume_tier or ""
    yield "Exchange", deal.ssp_name
    yield "Publishers", ", ".join(deal.publishers)
    yield "Countries", ", ".join(deal.terms.countries)


def _described(deal: Deal) -> str:
    return (deal.desc or "").rstrip(" .")


def _attributes(deal: Deal) -> Iterator[tuple[str, str]]:
    """What tells most comes first: a model is shown a few of them."""
    for name, tier in (("tier2", deal.taxonomy.tier2), ("tier3", deal.taxonomy.tier3)):
        if tier:
            yield name, tier.name
    yield from (("format", kind.value) for kind in deal.adtypes)
    yield from (("inventory", kind.value) for kind in deal.inventory.types)
    yield from (("safety", words) for words in _safety(deal.safety))
    if deal.commercial.quality_tier:
        yield "quality", deal.commercial.quality_tier
    if deal.commercial.volume_tier:
        yield "volume", deal.commercial.volume_tier
    yield from (("audience", words) for words in _audience(deal.audience))
    yield "exchange", deal.ssp_name


def _audience(audience: Audience) -> Iterator[str]:
    yield from audience.inferred_audience
    if audience.demographic_hint:
        yield audience.demographic_hint


def _safety(safety: Safety) -> Iterator[str]:
    """What is unknown is not said: nobody looks for it."""
    if safety.risk is not SafetyRisk.UNKNOWN:
        yield f"{safety.risk} risk"
    if safety.family_safe is not None:
        yield "family safe" if safety.family_safe else "not family safe"
