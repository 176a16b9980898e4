"""From a plan to packages: each keeps the rules, and each deal that is in none says why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from contracts import canonical, derived_id
from contracts.deal import Deal
from contracts.settings import PackingSettings
from packager.domain.alike import told_apart, with_own_names
from packager.domain.fitting import Fit, fitted
from packager.domain.model import ExcludedPackage, Exclusion, Package, Packing, Plan, Proposal, Tally
from packager.domain.owning import Neighbourhood
from packager.domain.rules import Yardstick
from packager.domain.texts import MAX_NAME, MAX_REASONING, MAX_WORDS, code_of, shortened

METHOD: Final = "propose_packages"
EXCLUDED_NAME: Final = "Excluded deals"
EXCLUDED_REASONING: Final = "These deals of the cluster are in no package; each says why."

TOO_FEW: Final = "too_few_deals"
NEAR_DUPLICATE: Final = "near_duplicate"
ELSEWHERE: Final = "shared_elsewhere"
NOT_PROPOSED: Final = "not_proposed"

# Packages that earlier revisions of the run have, with the clusters that they were packages of.
Known = Mapping[UUID, frozenset[UUID]]


@dataclass(frozen=True, slots=True)
class Draft:
    """Packages that keep the rules, and why deals may be in none."""

    cluster: Neighbourhood
    versions: Mapping[str, str]
    plan: Plan
    packages: tuple[Package, ...] = ()
    reasons: Mapping[str, Exclusion] = field(default_factory=dict)
    dropped: int = 0

    def without(self, gone: Sequence[Package], code: str, words: str) -> "Draft":
        """Earlier packages have the first word about their deals."""
        reasons = {
            item: _exclusion(item, code, f"{package.name!r} {words}")
            for package in reversed(gone)
            for item in package.item_ids
        }
        left = tuple(package for package in self.packages if package not in gone)
        return replace(self, packages=left, reasons={**self.reasons, **reasons})


def drafted(cluster: Neighbourhood, deals: Sequence[Deal], plan: Plan, by: Yardstick) -> Draft:
    by_id = {deal.item_id: deal for deal in deals}
    if foreign := {item for proposal in plan.proposals for item in proposal.item_ids} - set(by_id):
        raise ValueError(f"the plan names deals that the cluster does not have: {sorted(foreign)}")
    versions = {item: deal.content_sha256 for item, deal in by_id.items()}
    draft = Draft(cluster, versions, plan)
    for proposal in plan.proposals:
        draft = _with(draft, proposal, by_id, by)
    return _apart(_owned(draft), by.settings.near_duplicate_share)


def finished(draft: Draft, known: Known) -> Packing:
    """The end of a draft, once it is known what earlier revisions have proposed."""
    taken = [
        package
        for package in draft.packages
        if known.get(package.package_id, frozenset()) & draft.cluster.holders(package.item_ids)
    ]
    draft = draft.without(taken, ELSEWHERE, "is a package of another cluster that holds all its deals.")
    packages = [replace(each, kept=each.package_id in known) for each in with_own_names(draft.packages)]
    return Packing(
        packages=tuple(sorted(packages, key=lambda package: str(package.package_id))),
        excluded=_excluded(draft),
        model=draft.plan.model,
        prompt_version=draft.plan.prompt_version,
        tally=_tally(draft),
    )


def package_id(members: Sequence[str], versions: Mapping[str, str], settings: PackingSettings) -> UUID:
    """Named by what is in it and by the rules it keeps: no run, word or sampling of a model changes it."""
    rules = canonical(settings.model_dump(mode="json", exclude={"llm"})).decode()
    return derived_id("package", METHOD, rules, *(f"{item}@{versions[item]}" for item in members))


def _with(draft: Draft, proposal: Proposal, by_id: Mapping[str, Deal], by: Yardstick) -> Draft:
    """The draft with what can be kept of one more proposal."""
    name = shortened(proposal.name.strip(), MAX_NAME)
    members = sorted(set(proposal.item_ids))
    least = by.settings.min_deals
    if len(members) < least:
        words = f"{name!r} would hold {len(members)}; a package holds {least}."
        return _said(draft, {item: _exclusion(item, TOO_FEW, words) for item in members})
    fit = fitted([by_id[item] for item in members], by)
    draft = replace(draft, dropped=draft.dropped + len(fit.dropped))
    if len(fit.kept) < least:
        words = f"{name!r} cannot hold {least} deals that keep the rule: {fit.worst_rule.words}."
        return _said(draft, {item: _exclusion(item, fit.worst_rule.code, words) for item in members})
    return _packed(_said(draft, _dropped(fit, name)), fit, name, proposal.reasoning, by.settings)


def _packed(draft: Draft, fit: Fit, name: str, reasoning: str, settings: PackingSettings) -> Draft:
    members = tuple(deal.item_id for deal in fit.kept)
    if any(package.item_ids == members for package in draft.packages):
        return draft  # of two with equal members the first counts
    package = Package(
        package_id=package_id(members, draft.versions, settings),
        name=name,
        item_ids=members,
        reasoning=shortened(reasoning.strip(), MAX_REASONING),
    )
    return replace(draft, packages=(*draft.packages, package))


def _dropped(fit: Fit, name: str) -> dict[str, Exclusion]:
    return {
        each.deal.item_id: _exclusion(
            each.deal.item_id, each.rule.code, f"{each.words}; {name!r} keeps deals {each.way.words}."
        )
        for each in fit.dropped
    }


def _owned(draft: Draft) -> Draft:
    """Without packages that belong to another cluster, whatever the model says there."""
    foreign = [
        package
        for package in draft.packages
        if draft.cluster.owner(package.item_ids) != draft.cluster.cluster_id
    ]
    return draft.without(foreign, ELSEWHERE, "belongs to another cluster that holds all its deals.")


def _apart(draft: Draft, most: float) -> Draft:
    _, gone = told_apart(draft.packages, most)
    for package, twin in gone.items():
        draft = draft.without([package], NEAR_DUPLICATE, f"is nearly the same as {twin.name!r}.")
    return draft


def _stated(plan: Plan) -> dict[str, Exclusion]:
    return {
        each.item_id: _exclusion(each.item_id, code_of(each.code), each.words.strip())
        for each in reversed(plan.exclusions)
    }


def _said(draft: Draft, reasons: Mapping[str, Exclusion]) -> Draft:
    """Of two proposals that name a deal in vain, the first says why."""
    return replace(draft, reasons={**reasons, **draft.reasons})


def _excluded(draft: Draft) -> ExcludedPackage | None:
    placed = {item for package in draft.packages for item in package.item_ids}
    # That a rule forbids it says more than what the model adds, which contradicts itself there.
    reasons = {**_stated(draft.plan), **draft.reasons}
    left = [reasons.get(item) or _forgotten(item) for item in sorted(set(draft.versions) - placed)]
    if not left:
        return None
    content = (f"{each.item_id}@{draft.versions[each.item_id]}:{each.code}" for each in left)
    return ExcludedPackage(derived_id("excluded", draft.cluster.cluster_id, *content), tuple(left))


def _tally(draft: Draft) -> Tally:
    plan, given = draft.plan, set(draft.versions)
    said = {item for each in plan.proposals for item in each.item_ids}
    said |= {each.item_id for each in plan.exclusions}
    return Tally(
        deals=len(given),
        named_ids=len(plan.first_named),
        invented_ids=sum(item not in given for item in plan.first_named),
        forgotten_ids=len(given - said),
        dropped_members=draft.dropped,
        repaired=plan.repaired,
    )


def _forgotten(item: str) -> Exclusion:
    return Exclusion(item, NOT_PROPOSED, "The model proposed no package for it and gave no reason.")


def _exclusion(item: str, code: str, words: str) -> Exclusion:
    return Exclusion(item, code, shortened(words, MAX_WORDS))
