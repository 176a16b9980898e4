"""What is read from other stages, and what is told to the next."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from contracts import InvalidEvent
from contracts.clusters import ClusterFormed
from contracts.deal import Deal, split_item_id
from contracts.packages import ExcludedDeal, PackageProposed
from packager.domain.model import ExcludedPackage, Exclusion, Packing
from packager.domain.settling import EXCLUDED_NAME, EXCLUDED_REASONING
from packager.domain.texts import MAX_WORDS, shortened

MAX_WORDS_OF_ALL: Final = 10_000  # all exclusions of a cluster travel in one event of at most 64 kB


def in_step(deals: Sequence[Deal], item_ids: Sequence[str]) -> Sequence[Deal]:
    """The deals, if they are those that the event names, in its order."""
    if [deal.item_id for deal in deals] != list(item_ids):
        raise InvalidEvent("bodies", "the deals in the referenced file are not those that the event names")
    return deals


def told(exclusions: Sequence[Exclusion]) -> tuple[ExcludedDeal, ...]:
    """As they travel: the more there are, the shorter their words."""
    limit = min(MAX_WORDS, MAX_WORDS_OF_ALL // max(1, len(exclusions)))
    return tuple(
        ExcludedDeal(origin=origin, deal_id=deal_id, code=each.code, words=shortened(each.words, limit))
        for each in exclusions
        for origin, deal_id in [split_item_id(each.item_id)]
    )


def proposed(cluster: ClusterFormed, packing: Packing) -> list[PackageProposed]:
    """What is new. A package that an earlier revision has proposed is not proposed again."""
    shared = {
        "tenant": cluster.tenant,
        "run_id": cluster.run_id,
        "revision": cluster.revision,
        "cluster_id": cluster.cluster_id,
        "deals": cluster.deals,
        "model": packing.model,
        "prompt_version": packing.prompt_version,
        "settings": cluster.settings.enrichment,
        "budget_usd": cluster.budget_usd,
    }
    events = [
        PackageProposed(
            package_id=package.package_id,
            package_name=package.name,
            deal_ids=package.item_ids,
            reasoning=package.reasoning,
            **shared,
        )
        for package in packing.packages
        if not package.kept
    ]
    return [*events, excluded_of(packing.excluded, shared)] if packing.excluded else events


def excluded_of(excluded: ExcludedPackage, shared: Mapping[str, Any]) -> PackageProposed:
    return PackageProposed(
        package_id=excluded.package_id,
        kind="excluded",
        package_name=EXCLUDED_NAME,
        deal_ids=(),
        excluded=told(excluded.exclusions),
        reasoning=EXCLUDED_REASONING,
        **shared,
    )
