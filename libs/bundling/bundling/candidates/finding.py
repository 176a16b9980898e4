"""The strategies of a combo: for each anchor, products to put beside it, and the sets that come of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from bundling.budget import Combo
from bundling.bundle import BundleType, Candidate, Evidence, Method, Objective
from bundling.candidates.aims import Aim, aim_of
from bundling.candidates.knowledge import Knowledge
from bundling.catalog import Flags, Index
from bundling.deadline import Deadline
from bundling.shop import Shop

MOST_PARTNERS: Final = 4  # of an anchor by one strategy
# How many of the partners stand beside the anchor, for each type: bundles of several sizes are proposed.
SIZES: Final[Mapping[BundleType, tuple[int, ...]]] = {"FBT": (1, 2), "FIXED": (1, 2), "MIX_MATCH": (2, 4)}
ALWAYS: Final[tuple[Method, ...]] = ("association_rules", "co_purchase", "embedding_complement")
BY_ORDERS: Final[tuple[Method, ...]] = ("association_rules", "co_purchase")  # at least one holds all of it
BY_RULE: Final[Mapping[Objective, tuple[Method, ...]]] = {
    "margin_guard": ("margin_rule",),
    "category_bundle": ("category_rule",),
    "subscription_push": ("category_rule",),
}


def candidates(combo: Combo, shop: Shop, known: Knowledge, deadline: Deadline) -> Iterator[Candidate]:
    """Best anchors first, so that what was found by the deadline is the best part."""
    aim = aim_of(combo.objective, shop)
    methods = (*ALWAYS, *BY_RULE.get(combo.objective, ()))
    for anchor in aim.anchors.tolist():
        allowed = aim.partners_of(anchor, shop)
        seen: set[tuple[int, ...]] = set()
        for method in methods:
            if deadline.passed():
                return
            partners = _distinct(STRATEGIES[method](anchor, allowed, shop, known), shop)
            for rows in _sets(anchor, partners, combo.kind):
                if rows in seen:  # the first strategy to come upon it has the best reason
                    continue
                candidate = _candidate(rows, combo, method, aim, known)
                if candidate.evidence.together or method not in BY_ORDERS:
                    seen.add(rows)
                    yield candidate


def _associated(anchor: int, allowed: Flags, _: Shop, known: Knowledge) -> Index:
    rows = known.associations.beside(anchor)
    return rows[allowed[rows]]


def _bought_together(anchor: int, allowed: Flags, _: Shop, known: Knowledge) -> Index:
    return known.partners.best(anchor, 2 * MOST_PARTNERS, allowed)[0]


def _complementing(anchor: int, allowed: Flags, _: Shop, known: Knowledge) -> Index:
    rows = known.likeness.complements(anchor, np.flatnonzero(allowed).astype(np.int32))
    return rows[np.lexsort((rows, -known.likeness.fit(anchor, rows)))]


def _of_category(anchor: int, allowed: Flags, shop: Shop, _: Knowledge) -> Index:
    rows = np.flatnonzero(allowed & (shop.catalog.category == shop.catalog.category[anchor])).astype(np.int32)
    return rows[np.lexsort((rows, -shop.sold_in[rows]))]


def _of_margin(_: int, allowed: Flags, shop: Shop, __: Knowledge) -> Index:
    rows = np.flatnonzero(allowed).astype(np.int32)
    return rows[np.lexsort((rows, -np.nan_to_num(shop.catalog.margins[rows])))]


STRATEGIES: Final[Mapping[Method, Callable[[int, Flags, Shop, Knowledge], Index]]] = {
    "association_rules": _associated,
    "co_purchase": _bought_together,
    "embedding_complement": _complementing,
    "category_rule": _of_category,
    "margin_rule": _of_margin,
}


def _distinct(rows: Index, shop: Shop) -> list[int]:
    """The first of each family: no bundle holds two variants of one product."""
    kept: dict[int, int] = {}
    for row in rows.tolist():
        kept.setdefault(int(shop.catalog.family[row]), row)
        if len(kept) == MOST_PARTNERS:
            break
    return list(kept.values())


def _sets(anchor: int, partners: Sequence[int], kind: BundleType) -> Iterator[tuple[int, ...]]:
    """Pairs with each of the partners; larger sets with the best of them."""
    for size in SIZES[kind]:
        if size == 1:
            yield from ((anchor, partner) for partner in partners)
        elif len(partners) >= size:
            yield (anchor, *partners[:size])


def _candidate(rows: tuple[int, ...], combo: Combo, method: Method, aim: Aim, known: Knowledge) -> Candidate:
    beside = np.array(rows[1:], np.int32)
    return Candidate(
        rows=rows,
        objective=combo.objective,
        kind=combo.kind,
        method=method,
        semantic=known.likeness.of_set(rows),
        data=float(known.partners.scores(rows[0], beside).mean()),
        business=aim.served_by(rows),
        evidence=known.associations.evidence_of(rows) if method in BY_ORDERS else Evidence(),
    )
