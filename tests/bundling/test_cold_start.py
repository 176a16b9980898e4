"""A store whose orders say nothing yet is helped by what it offers."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bundling.bundle import Candidate
from bundling.candidates.cold_start import cold_candidates
from bundling.choosing import Choice, Wish, choose
from bundling.compatibility import Compatibility
from bundling.likeness import Likeness
from bundling.shop import Shop
from contracts.product import Product
from tests.bundling.checker import Claim, Texts, violations
from tests.bundling.shops import Bought, bought, product, shop

TEN = Wish(10, 0.7)


def cold(of: Shop) -> list[Candidate]:
    return cold_candidates(of, Likeness.of(of.catalog), Compatibility.of(of))


def names(of: Shop, one: Candidate) -> tuple[str, ...]:
    return tuple(of.catalog.product_ids[place] for place in one.rows)


def by(of: Shop, method: str) -> list[tuple[str, ...]]:
    return [names(of, one) for one in cold(of) if one.method == method]


def spread(count: int) -> list[list[float]]:
    random = np.random.default_rng(8)
    return [random.normal(size=5).tolist() for _ in range(count)]


def many(count: int, **said: object) -> list[Product]:
    return [product(f"p{n:02}", **{"price": 20.0 + n, **said}) for n in range(count)]


def passes(of: Shop, choice: Choice, products: Sequence[Product]) -> bool:
    vectors = dict(zip(of.catalog.product_ids, map(tuple, of.catalog.vectors.tolist()), strict=True))
    texts = Texts(vectors, [])
    return all(violations(Claim.of(one.offer, of), products, texts) == [] for one in choice.chosen)


@pytest.mark.parametrize(("orders", "is_cold"), [(0, True), (9, True), (10, False)])
def test_fewer_than_ten_orders_say_nothing(orders: int, *, is_cold: bool) -> None:
    of = shop(many(6), bought("p00", "p01", times=orders), spread(6))
    warm = Candidate((0, 1), "increase_aov", "FBT", "co_purchase", data=0.5)
    choice = choose(of, [warm], TEN)
    assert choice.cold_start is is_cold
    assert all(one.offer.candidate.cold_start is is_cold for one in choice.chosen)


def test_a_store_in_which_no_candidate_survives_is_helped_too() -> None:
    of = shop(many(6), bought("p00", "p01", times=50), spread(6))
    choice = choose(of, [Candidate((0, 1), "increase_aov", "FBT", "association_rules")], TEN)
    assert choice.cold_start
    assert choice.gated.counts["rejected_low_support"] == 1
    assert 1 <= len(choice.chosen) <= 4


def test_only_the_ten_dearest_are_anchors_by_price() -> None:
    of = shop(many(30), vectors=spread(30))
    anchors = {one[0] for one in by(of, "semantic_price_banded")}
    assert anchors <= {f"p{n}" for n in range(20, 30)}
    assert len(anchors) > 5  # those that come upon a set of another anchor are left out


def test_an_anchor_has_two_others_at_most_and_they_are_of_the_band() -> None:
    of = shop(many(30), vectors=spread(30))
    likeness = Likeness.of(of.catalog)
    for one in cold(of):
        if one.method == "semantic_price_banded":
            anchor, *beside = one.rows
            assert len(beside) == 2
            assert len(likeness.complements(anchor, np.array(beside, np.int32))) == 2


def test_of_a_category_three_are_taken_at_different_prices() -> None:
    products = [
        product(f"p{n}", price=price, category="wine") for n, price in enumerate([10, 11, 12, 18, 19])
    ]
    of = shop([*products, product("q", category="tea")])
    assert by(of, "category_diversity") == [("p4", "p0", "p2")]


def test_a_category_of_two_gives_no_choice() -> None:
    assert by(shop(many(2, category="wine")), "category_diversity") == []


def test_the_best_margins_from_two_fifths_on_make_one_set() -> None:
    costs = [10.0, 11.0, 12.0, 12.1, None]
    of = shop([product(f"p{n}", cost=cost, category="wine") for n, cost in enumerate(costs)])
    assert by(of, "high_margin_curation") == [("p0", "p1", "p2")]


def test_prices_too_far_from_each_other_are_not_put_together() -> None:
    of = shop([product(f"p{n}", price=10.0 * 2.1**n) for n in range(8)])
    assert cold(of) == []
    edge = shop([product("a", price=10.0), product("b", price=20.0)])
    assert [set(one) for one in by(edge, "semantic_price_banded")] == [{"a", "b"}]


def test_what_does_not_go_together_does_not_cost_a_store_its_bundle() -> None:
    """A pair of those near in price is offered where all three would be refused."""
    products = [
        product("a", price=25.0, category="x"),
        product("b", category="y"),
        product("c", category="z"),
    ]
    of = shop(products, vectors=[[1, 0, 0], [0.9, 0.4, 0], [0, 0, 1]])
    assert len(choose(of, [], TEN).chosen) >= 1


categories = st.lists(st.sampled_from([None, "a", "b", "c", "d"]), min_size=4, max_size=12)


@settings(max_examples=80)
@given(categories, st.sampled_from([None, 8.0]), st.integers(0, 99))
def test_four_products_of_about_one_price_get_one_to_four_marked_bundles_that_pass_all(
    categories: list[str | None], cost: float | None, seed: int
) -> None:
    random = np.random.default_rng(seed)
    products = [
        product(f"p{n:02}", category=category, price=20.0 + n, cost=cost)
        for n, category in enumerate(categories)
    ]
    of = shop(products, vectors=random.normal(size=(len(products), 4)).tolist())
    choice = choose(of, [], TEN)
    assert choice.cold_start
    assert 1 <= len(choice.chosen) <= 4
    assert all(one.offer.candidate.cold_start for one in choice.chosen)
    assert passes(of, choice, products)


def test_variants_of_one_product_are_not_put_together() -> None:
    shirts = [product(f"s{n}", variant_of="shirt", category="tops", cost=5.0) for n in range(4)]
    assert cold(shop(shirts)) == []
    of = shop([*shirts, *many(3, category="tops", cost=5.0)])
    held = [[of.catalog.family[place] for place in one.rows] for one in cold(of)]
    assert held
    assert all(len(set(families)) == len(families) for families in held)


def test_fewer_bundles_are_made_where_fewer_are_wanted() -> None:
    assert len(choose(shop(many(12), vectors=spread(12)), [], Wish(2, 0.7)).chosen) == 2


def test_one_set_of_one_type_is_proposed_once() -> None:
    of = shop(many(8, category="wine", cost=5.0), vectors=spread(8))
    sets = Counter((frozenset(one.rows), one.kind) for one in cold(of))
    assert set(sets.values()) == {1}


def test_texts_of_one_vector_each_do_not_stop_a_store() -> None:
    of = shop(many(5), vectors=[[1.0, 0.0]] * 5)
    assert choose(of, [], TEN).chosen


def test_no_bundle_is_made_of_what_is_not_there() -> None:
    of = shop(many(9, inventory=0.0), [Bought(("p00",))], spread(9))
    assert choose(of, [], TEN).chosen == ()
