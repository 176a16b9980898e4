"""Candidates of a combo: sets that a strategy came upon, the best anchors first."""

import itertools
from dataclasses import dataclass, field
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings

from bundling.budget import TYPES, Combo
from bundling.bundle import Candidate, Method, Objective
from bundling.candidates.cold_start import PRICE_BANDED
from bundling.candidates.finding import SIZES, STRATEGIES, candidates
from bundling.deadline import Deadline
from bundling.shop import Shop
from contracts.product import Product
from tests.bundling.shops import Bought, Plan, bought, every_candidate, known, plans, product, row, shop

FBT = Combo("increase_aov", "FBT")


def many(count: int, **said: object) -> list[Product]:
    return [product(f"p{number:02}", **said) for number in range(count)]


def found(of: Shop, combo: Combo = FBT, method: Method | None = None) -> list[Candidate]:
    every = candidates(combo, of, known(of), Deadline())
    return [one for one in every if method in (None, one.method)]


def named(of: Shop, one: Candidate) -> tuple[str, ...]:
    return tuple(of.catalog.product_ids[place] for place in one.rows)


def planted(times: int = 60) -> Shop:
    """p00 and p01 meet far more often than chance would have it."""
    random = np.random.default_rng(1)
    drawn = [random.choice(20, 5, replace=False).tolist() for _ in range(400)]
    noise = [Bought(tuple(f"p{place:02}" for place in rows), 1.0 + rows[0]) for rows in drawn]
    return shop(many(20), [*noise, *bought("p00", "p01", times=times)])


@settings(max_examples=60)
@given(plans())
def test_whatever_the_shop_candidates_are_of_offered_products_one_of_each_family(plan: Plan) -> None:
    of = plan.built()
    for one in every_candidate(of):
        rows = list(one.rows)
        assert of.offered[rows].all()
        assert len(set(of.catalog.family[rows].tolist())) == len(rows) >= 2
        assert one.kind in TYPES[one.objective]
        assert len(rows) - 1 in SIZES[one.kind]
        assert all(0 <= part <= 1 for part in (one.semantic, one.data, one.business))


@settings(max_examples=40)
@given(plans())
def test_what_is_claimed_from_orders_is_in_an_order(plan: Plan) -> None:
    of = plan.built()
    book = of.book
    sold = [set(book.products[start:end].tolist()) for start, end in itertools.pairwise(book.starts.tolist())]
    for one in every_candidate(of):
        together = sum(set(one.rows) <= order for order in sold)
        claimed = one.method in ("association_rules", "co_purchase")
        assert one.evidence.together == (together if claimed else 0)
        assert bool(one.evidence.together) == claimed


@settings(max_examples=30)
@given(plans())
def test_the_order_of_products_and_orders_does_not_matter(plan: Plan) -> None:
    assert every_candidate(plan.built()) == every_candidate(plan.shuffled(3))


def test_a_pair_that_chance_does_not_explain_is_proposed_as_an_association() -> None:
    pairs = [set(named(of, one)) for of in [planted()] for one in found(of, method="association_rules")]
    assert {"p00", "p01"} in pairs


def test_a_pair_that_chance_explains_is_proposed_as_bought_together_at_most() -> None:
    of = planted(times=0)
    assert found(of, method="association_rules") == []
    assert found(of, method="co_purchase")


def test_a_set_is_proposed_once_for_each_anchor_by_the_first_that_finds_it() -> None:
    of = planted()
    every = found(of)
    assert len({one.rows for one in every}) == len(every)
    [pair] = [one for one in every if named(of, one) == ("p00", "p01")]
    assert pair.method == "association_rules"


def test_a_mix_and_match_has_two_or_four_beside_the_anchor() -> None:
    of = planted()
    sizes = {len(one.rows) for one in found(of, Combo("increase_aov", "MIX_MATCH"))}
    assert sizes == {3, 5}


def test_complements_are_found_without_any_order() -> None:
    vectors = np.random.default_rng(4).normal(size=(20, 5))
    of = shop(many(20), vectors=[vector.tolist() for vector in vectors])
    assert {one.method for one in found(of)} == {"embedding_complement"}


@pytest.mark.parametrize(
    ("objective", "method"),
    [
        ("margin_guard", "margin_rule"),
        ("category_bundle", "category_rule"),
        ("subscription_push", "category_rule"),
    ],
)
def test_rules_serve_their_objectives_where_orders_and_texts_are_silent(
    objective: Objective, method: Method
) -> None:
    of = shop(many(6, cost=5.0, category="tea", features=("subscription",)))
    assert {one.method for one in found(of, Combo(objective, "FIXED"))} == {method}


def test_the_margin_rule_takes_the_richest() -> None:
    of = shop([product(f"p{n}", cost=12.0 - n) for n in range(8)])
    best = found(of, Combo("margin_guard", "FIXED"))[0]
    assert named(of, best) == ("p0", "p7")


def test_every_method_of_a_warm_store_has_a_strategy() -> None:
    cold = {"semantic_price_banded", "category_diversity", "high_margin_curation"}
    assert set(STRATEGIES) == set(get_args(Method)) - cold
    assert PRICE_BANDED.method in cold


@dataclass
class Ticks:
    """A clock that goes on by one each time somebody looks."""

    now: float = field(default=0.0)

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def test_at_the_deadline_the_best_part_has_been_found() -> None:
    of = planted()
    whole, knowledge = found(of), known(of)
    part = list(candidates(FBT, of, knowledge, Deadline(8.0, Ticks())))
    assert part == whole[: len(part)]
    assert 0 < len(part) < len(whole)
    assert part[0].rows[0] == row(of, of.catalog.product_ids[int(np.argmax(of.sold_in))])


def test_after_the_deadline_nothing_is_looked_for() -> None:
    of = planted()
    assert list(candidates(FBT, of, known(of), Deadline(0.0))) == []
