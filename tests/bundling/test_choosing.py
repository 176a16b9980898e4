"""From candidates to bundles: whatever is offered may be offered, and it is the same for the same store."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bundling.bundle import Candidate
from bundling.choosing import BY_SCORE_ALONE, Choice, Wish, choose
from bundling.shop import Shop
from tests.bundling.checker import Claim, Texts, violations
from tests.bundling.shops import Bought, Plan, bought, every_candidate, plans, product, shop

TEN = Wish(10, 0.7)
some = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)


def texts(of: Shop, plan: Plan) -> Texts:
    vectors = dict(zip(of.catalog.product_ids, map(tuple, of.catalog.vectors.tolist()), strict=True))
    return Texts(
        vectors, [frozenset(one.product_ids) for one in plan.orders if one.days_ago >= 0 and one.product_ids]
    )


def lively(seed: int, orders: int = 60) -> Plan:
    """A shop in which much can be bundled, and much may not."""
    random = np.random.default_rng(seed)
    products = [
        product(
            f"p{n:02}",
            price=float(random.integers(5, 60)),
            cost=float(random.integers(1, 20)) if n % 3 else None,
            category=["tea", "wine", "cups"][n % 3],
            inventory=float(random.integers(0, 5)),
            variant_of=f"model {n // 2}" if n % 5 == 0 else None,
            currency="JPY" if n % 11 == 0 else "EUR",
        )
        for n in range(30)
    ]
    drawn = [random.choice(30, 4, replace=False) for _ in range(orders)]
    sold = [Bought(tuple(f"p{n:02}" for n in rows), 1.0 + number) for number, rows in enumerate(drawn)]
    return Plan(tuple(products), tuple(sold), tuple(tuple(random.normal(size=4).tolist()) for _ in products))


def choice_of(of: Shop) -> Choice:
    return choose(of, every_candidate(of), TEN)


def judged(choice: Choice, of: Shop, plan: Plan) -> list[list[str]]:
    told = texts(of, plan)
    return [violations(Claim.of(one.offer, of), plan.products, told) for one in choice.chosen]


@some
@given(plans(orders=30))
def test_whatever_the_shop_no_bundle_breaks_a_gate(plan: Plan) -> None:
    of = plan.built()
    choice = choice_of(of)
    assert len(choice.chosen) <= (4 if choice.cold_start else 10)
    assert not any(judged(choice, of, plan))
    for one in choice.chosen:
        assert of.offered[list(one.offer.candidate.rows)].all()
        assert one.offer.candidate.cold_start <= choice.cold_start


@some
@given(plans(orders=30), st.integers(0, 9))
def test_the_order_of_products_and_orders_does_not_matter(plan: Plan, seed: int) -> None:
    one, other = plan.built(), plan.shuffled(seed)
    assert choice_of(one) == choice_of(other)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 999), st.sampled_from([0, 9, 10, 60]))
def test_a_lively_shop_gets_its_fill_of_bundles_that_break_no_gate(seed: int, orders: int) -> None:
    plan = lively(seed, orders)
    of = plan.built()
    choice = choice_of(of)
    assert not any(judged(choice, of, plan))
    assert len(choice.chosen) == (4 if orders < 10 else 10)
    for one in choice.chosen:
        parts, by = one.offer.candidate, one.weights
        total = by.alpha * parts.semantic + by.beta * parts.data + by.gamma * parts.business
        assert 0 <= one.hybrid <= 1
        assert abs(one.hybrid - total) < 1e-9
    counts = choice.gated.counts
    assert counts["total_candidates"] == sum(counts.values()) - counts["total_candidates"]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 999))
def test_the_order_of_candidates_does_not_matter(seed: int) -> None:
    of = lively(seed).built()
    every = every_candidate(of)
    shuffled = [every[place] for place in np.random.default_rng(seed).permutation(len(every))]
    assert choose(of, every, TEN).chosen == choose(of, shuffled, TEN).chosen


def test_what_is_chosen_to_differ_differs_more_than_by_score_alone() -> None:
    similar = [choice_of(lively(seed).built()).selection for seed in range(6)]
    assert all(one.similarity <= one.similarity_by_score for one in similar)
    assert any(one.similarity < one.similarity_by_score for one in similar)


def test_without_diversity_the_best_scores_are_taken() -> None:
    of = lively(1).built()
    choice = choose(of, every_candidate(of), Wish(10, BY_SCORE_ALONE))
    scores = [one.hybrid for one in choice.chosen]
    assert scores == sorted(scores, reverse=True)
    assert choice.selection.similarity == choice.selection.similarity_by_score


def test_products_that_several_objectives_come_upon_are_one_bundle_of_the_best() -> None:
    of = shop([product("a"), product("b")], bought("a", "b", times=20))
    same = [
        Candidate((0, 1), "increase_aov", "FBT", "co_purchase", business=0.2),
        Candidate((1, 0), "margin_guard", "FBT", "margin_rule", business=0.9),
    ]
    [one] = choose(of, same, TEN).chosen
    assert one.offer.candidate.objective == "margin_guard"


def test_equal_scores_are_ordered_by_product_id() -> None:
    of = shop([product(f"p{n}") for n in range(6)], bought("p0", "p1", times=20))
    equal = [Candidate((n, n + 1), "increase_aov", "FBT", "co_purchase", business=0.5) for n in (4, 0, 2)]
    assert [one.offer.candidate.rows for one in choose(of, equal, TEN).chosen] == [(0, 1), (2, 3), (4, 5)]


def test_each_category_says_what_was_proposed_and_chosen() -> None:
    of = lively(2).built()
    choice = choice_of(of)
    assert sum(one.bundles for one in choice.categories) == len(choice.chosen)
    assert sum(one.candidates for one in choice.categories) == choice.gated.counts["total_candidates"]
    assert {of.catalog.categories[one.category] for one in choice.categories} == {"tea", "wine", "cups"}
