"""Which packages a cluster becomes. Pure: no I/O, no clock, no chance."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from contracts import InvalidEvent, canonical, derived_id
from contracts.deal import Deal, Taxonomy, split_item_id
from contracts.packages import ExcludedDeal
from contracts.terms import AdType, InventoryType

METHOD: Final = "propose_packages"
EXCLUDED_NAME: Final = "Excluded deals"
EXCLUDED_REASONING: Final = "These deals of the cluster are in no package; each says why."

MAX_PACKAGES: Final = 50  # of one cluster; more is no grouping
MAX_NAME: Final = 200
MAX_REASONING: Final = 4000
MAX_CODE: Final = 64
MAX_WORDS: Final = 500
MAX_WORDS_OF_ALL: Final = 10_000  # all exclusions of a cluster travel in one event of at most 64 kB
SHOWN_LIST: Final = 20
SHOWN_TEXT: Final = 200


@dataclass(frozen=True, slots=True)
class Proposal:
    """A package as the model proposes it."""

    name: str
    item_ids: tuple[str, ...]
    reasoning: str


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A deal that is in no package, and why."""

    item_id: str
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What the model says about a cluster."""

    proposals: tuple[Proposal, ...]
    exclusions: tuple[Exclusion, ...]
    model: str = ""


@dataclass(frozen=True, slots=True)
class Package:
    package_id: UUID
    name: str
    item_ids: tuple[str, ...]
    reasoning: str


@dataclass(frozen=True, slots=True)
class ExcludedPackage:
    package_id: UUID
    exclusions: tuple[Exclusion, ...]


@dataclass(frozen=True, slots=True)
class Packing:
    """Every deal of the cluster is in a package or in the excluded package, and never in both."""

    packages: tuple[Package, ...]
    excluded: ExcludedPackage | None
    model: str


def complaints(plan: Plan, item_ids: Sequence[str]) -> list[str]:
    """What is wrong with a plan, in words that the model can act on."""
    return list(_complaints(plan, set(item_ids)))


def settle(cluster_id: UUID, deals: Sequence[Deal], plan: Plan, *, min_deals: int) -> Packing:
    versions = {deal.item_id: deal.content_sha256 for deal in deals}
    if foreign := {item for proposal in plan.proposals for item in proposal.item_ids} - set(versions):
        raise ValueError(f"the plan names deals that the cluster does not have: {sorted(foreign)}")
    large = [proposal for proposal in plan.proposals if len(set(proposal.item_ids)) >= min_deals]
    packages = _packages(large, versions, min_deals)
    placed = {item for package in packages for item in package.item_ids}
    return Packing(
        packages=packages,
        excluded=_excluded(cluster_id, versions, _reasons(plan, min_deals), placed),
        model=plan.model,
    )


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


def shown(deal: Deal) -> dict[str, Any]:
    """What the model sees of a deal. Texts and lists are cut, so that no deal crowds out the others."""
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


def shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}\N{HORIZONTAL ELLIPSIS}"


def code_of(text: str) -> str:
    """A reason as a code: models write `Safety Mismatch`."""
    code = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return re.sub(r"^[0-9_]+", "", code)[:MAX_CODE] or "excluded"


def _complaints(plan: Plan, known: set[str]) -> Iterator[str]:
    if len(plan.proposals) > MAX_PACKAGES:
        yield f"there are {len(plan.proposals)} packages; propose at most {MAX_PACKAGES}"
    for proposal in plan.proposals:
        if not proposal.name.strip():
            yield "a package has no package_name"
        if foreign := sorted(set(proposal.item_ids) - known):
            yield f"package {proposal.name!r} names deals that were not given: {', '.join(foreign)}"
        if twice := sorted(item for item, times in Counter(proposal.item_ids).items() if times > 1):
            yield f"package {proposal.name!r} names deals more than once: {', '.join(twice)}"
    if foreign := sorted({each.item_id for each in plan.exclusions} - known):
        yield f"excluded names deals that were not given: {', '.join(foreign)}"


def _packages(
    proposals: Sequence[Proposal], versions: Mapping[str, str], min_deals: int
) -> tuple[Package, ...]:
    """One package for each set of members: of two with the same the first counts."""
    found: dict[tuple[str, ...], Package] = {}
    for proposal in proposals:
        members = tuple(sorted(set(proposal.item_ids)))
        if members not in found:
            found[members] = Package(
                package_id=_package_id(members, versions, min_deals),
                name=shortened(proposal.name.strip(), MAX_NAME),
                item_ids=members,
                reasoning=shortened(proposal.reasoning.strip(), MAX_REASONING),
            )
    return tuple(sorted(found.values(), key=lambda package: str(package.package_id)))


def _package_id(members: Sequence[str], versions: Mapping[str, str], min_deals: int) -> UUID:
    """Named by what is in it: neither the run, nor the model's words or sampling, change it."""
    settings = canonical({"min_deals": min_deals}).decode()
    return derived_id("package", METHOD, settings, *(f"{item}@{versions[item]}" for item in members))


def _excluded(
    cluster_id: UUID, versions: Mapping[str, str], reasons: Mapping[str, Exclusion], placed: set[str]
) -> ExcludedPackage | None:
    left = [reasons.get(item, _forgotten(item)) for item in sorted(set(versions) - placed)]
    if not left:
        return None
    content = (f"{each.item_id}@{versions[each.item_id]}:{each.code}" for each in left)
    return ExcludedPackage(derived_id("excluded", cluster_id, *content), tuple(left))


def _reasons(plan: Plan, min_deals: int) -> dict[str, Exclusion]:
    """That a package was too small says more than what the model adds, which contradicts itself there."""
    stated = {
        each.item_id: Exclusion(each.item_id, code_of(each.code), shortened(each.words.strip(), MAX_WORDS))
        for each in reversed(plan.exclusions)
    }
    small = {
        item: _too_few(item, proposal, min_deals)
        for proposal in reversed(plan.proposals)
        if len(set(proposal.item_ids)) < min_deals
        for item in proposal.item_ids
    }
    return stated | small


def _too_few(item_id: str, proposal: Proposal, min_deals: int) -> Exclusion:
    number, name = len(set(proposal.item_ids)), shortened(proposal.name.strip(), MAX_NAME)
    return Exclusion(item_id, "too_few_deals", f"{name!r} would hold {number}; a package holds {min_deals}.")


def _forgotten(item_id: str) -> Exclusion:
    return Exclusion(item_id, "not_proposed", "The model proposed no package for it and gave no reason.")


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
