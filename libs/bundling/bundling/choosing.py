"""From candidates to bundles: prices, gates, scores, and a choice that differs in itself."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bundling.bundle import Candidate
from bundling.candidates.cold_start import FEW_ORDERS, MOST_BUNDLES, cold_candidates
from bundling.compatibility import Compatibility
from bundling.diversity import Selection, families, select
from bundling.gates import Gated, Offer, pass_gates
from bundling.likeness import Likeness
from bundling.pricing import priced
from bundling.scoring import Maturity, Weights, hybrid, weights
from bundling.shop import Shop

BY_SCORE_ALONE: Final = 1.0  # lambda without diversity


@dataclass(frozen=True, slots=True)
class Wish:
    """How many bundles, and how different."""

    bundles: int
    mmr_lambda: float


@dataclass(frozen=True, slots=True)
class Chosen:
    offer: Offer
    weights: Weights
    hybrid: float
    mmr: float


@dataclass(frozen=True, slots=True)
class CategoryFigures:
    """Of the bundles whose anchor is in the category; -1: it has none."""

    category: int
    orders: int
    weights: Weights
    candidates: int
    bundles: int


@dataclass(frozen=True, slots=True)
class Choice:
    chosen: tuple[Chosen, ...]
    gated: Gated
    selection: Selection
    categories: tuple[CategoryFigures, ...]
    cold_start: bool = False


def choose(shop: Shop, candidates: Sequence[Candidate], wish: Wish) -> Choice:
    """Few orders, or nothing that survives: the store is helped by what it offers alone."""
    fits = Compatibility.of(shop)
    tried = candidates if shop.book.orders >= FEW_ORDERS else ()
    choice = _choice(shop, tried, wish, fits)
    if choice.chosen:
        return choice
    cold = cold_candidates(shop, Likeness.of(shop.catalog), fits)
    few = Wish(min(wish.bundles, MOST_BUNDLES), wish.mmr_lambda)
    return replace(_choice(shop, [*tried, *cold], few, fits), cold_start=True)


def _choice(shop: Shop, candidates: Sequence[Candidate], wish: Wish, fits: Compatibility) -> Choice:
    gated = pass_gates([Offer(one, priced(one, shop.catalog)) for one in candidates], shop.catalog, fits)
    maturity = Maturity.of(shop)
    scored = _best_of_each_set([_scored(offer, shop, maturity) for offer in gated.passed])
    members = [families(one.offer.candidate.rows, shop.catalog.family) for one in scored]
    scores = [one.hybrid for one in scored]
    selection = select(scores, members, most=wish.bundles, weight=wish.mmr_lambda)
    chosen = tuple(
        Chosen(scored[pick.place].offer, scored[pick.place].weights, scored[pick.place].hybrid, pick.mmr)
        for pick in selection.picks
    )
    return Choice(chosen, gated, selection, _categories(shop, maturity, candidates, chosen))


def _scored(offer: Offer, shop: Shop, maturity: Maturity) -> Chosen:
    anchor = offer.candidate.rows[0]
    by = weights(maturity.orders_of(int(shop.catalog.category[anchor])))
    return Chosen(offer, by, hybrid(offer.candidate, by), 0.0)


def _best_of_each_set(scored: Sequence[Chosen]) -> list[Chosen]:
    """One bundle of the same products, whatever objectives and types came upon it; in an order of its own."""
    best: dict[frozenset[int], Chosen] = {}
    for one in sorted(scored, key=_order):
        best.setdefault(frozenset(one.offer.candidate.rows), one)
    return list(best.values())


def _order(one: Chosen) -> tuple[object, ...]:
    candidate = one.offer.candidate
    return (-one.hybrid, candidate.rows, candidate.kind, candidate.objective, candidate.method)


def _categories(
    shop: Shop, maturity: Maturity, candidates: Sequence[Candidate], chosen: Sequence[Chosen]
) -> tuple[CategoryFigures, ...]:
    category = shop.catalog.category
    proposed = Counter(int(category[one.rows[0]]) for one in candidates)
    offered = Counter(int(category[one.offer.candidate.rows[0]]) for one in chosen)
    return tuple(
        CategoryFigures(
            code, maturity.orders_of(code), weights(maturity.orders_of(code)), proposed[code], offered[code]
        )
        for code in sorted(proposed)
    )
