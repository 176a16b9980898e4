"""What is wrong with a plan, in words that the model can act on.

Complaints make an answer unusable. Wishes are about rules: they are told once, then code makes the plan fit.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

from contracts.deal import Deal
from packager.domain.alike import share
from packager.domain.fitting import fitted
from packager.domain.model import Plan, Proposal
from packager.domain.rules import Yardstick

MAX_PACKAGES: Final = 50  # of one cluster; more is no grouping


def complaints(plan: Plan, item_ids: Sequence[str]) -> list[str]:
    return list(_complaints(plan, set(item_ids)))


def wishes(plan: Plan, deals: Sequence[Deal], by: Yardstick) -> list[str]:
    """Of a plan that nobody complains about. Code can fulfil each of them, at the cost of members."""
    by_id = {deal.item_id: deal for deal in deals}
    broken = [
        wish
        for proposal in plan.proposals
        if (wish := _wish(proposal, [by_id[item] for item in sorted(set(proposal.item_ids))], by))
    ]
    return [*broken, *_twins(plan.proposals, by.settings.near_duplicate_share)]


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


def _wish(proposal: Proposal, members: Sequence[Deal], by: Yardstick) -> str | None:
    name, least = f"package {proposal.name!r}", by.settings.min_deals
    if len(members) < least:
        return f"{name} names {len(members)} deals; a package holds at least {least}"
    fit = fitted(members, by)
    if not fit.dropped:
        return None
    rules = dict.fromkeys(f"{each.rule.setting}: {each.rule.words}" for each in fit.dropped)
    broken = f"{name} breaks {'; '.join(rules)}"
    if len(fit.kept) < least:
        return f"{broken}; no {least} of its deals go together: do without it"
    left_out = ", ".join(f"{each.deal.item_id} (it is {each.rule.fact(each.deal)})" for each in fit.dropped)
    return f"{broken}; leave out {left_out}, or form it otherwise"


def _twins(proposals: Sequence[Proposal], most: float) -> Iterator[str]:
    for one, other in combinations(proposals, 2):
        if one.item_ids and (alike := share(one.item_ids, other.item_ids)) >= most:
            yield (
                f"packages {one.name!r} and {other.name!r} have {alike:.0%} of their deals in common:"
                " propose one of them"
            )
