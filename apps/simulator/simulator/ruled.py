"""The answer to a question that states its rules: groups of one topic that keep them all."""

from collections.abc import Sequence

from simulator.deals import Deal
from simulator.naming import theme
from simulator.packing import MOST_PACKAGES, Excluded, Packing, by_topic, divide, left_out
from simulator.rules import Rules, mismatch, together

WORDS = {
    "format_mismatch": "has other media types",
    "safety_mismatch": "is rated too differently",
    "quality_mismatch": "is of too different a quality",
    "price_mismatch": "has a floor too far away",
    "seat_mismatch": "is for other buyers",
    "country_mismatch": "sells in other countries",
    "date_mismatch": "runs at another time",
    "off_topic": "makes one package too many",
}


def pack_by_rules(deals: Sequence[Deal], rules: Rules) -> Packing:
    """Every deal is in exactly one group or excluded, whatever order the deals come in."""
    packing = Packing()
    topics = by_topic(deals)
    first = {group[0].taxonomy.tier1: _taken(group, rules, packing) for group in topics}
    while any(_taken(group, rules, packing) for group in topics):
        pass  # what is left of a topic may make further groups, one of each topic a round
    rest = [deal for group in topics for deal in group]
    while _taken(rest, rules, packing):
        pass  # the deals of a cluster are alike: what is left of its topics may go together as well
    for group in by_topic(rest):
        packing.excluded += _reasons(group, first[group[0].taxonomy.tier1], rules, packing)
    divide(packing.groups, rules.min_deals)
    return packing


def _taken(group: list[Deal], rules: Rules, packing: Packing) -> list[Deal]:
    """A package of the group's deals; they leave the group. Empty: there is none."""
    found = together(group, rules)
    if len(found) < rules.min_deals or len(packing.groups) >= MOST_PACKAGES:
        return []
    packing.groups.append(found)
    group[:] = [deal for deal in group if deal not in found]
    return found


def _reasons(left: Sequence[Deal], package: Sequence[Deal], rules: Rules, packing: Packing) -> list[Excluded]:
    if not package:
        return left_out(left, packing, rules.min_deals)
    codes = {deal.deal_id: mismatch(deal, package, rules) for deal in left}
    return [
        Excluded(deal, code, f"It {WORDS[code]} than the deals about {theme(package)}.")
        for deal in left
        for code in [codes[deal.deal_id]]
    ]
