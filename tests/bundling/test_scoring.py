"""One score of texts, orders and business, by how much the orders of the category say."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bundling.bundle import Candidate
from bundling.scoring import Maturity, hybrid, weights
from tests.bundling.shops import Plan, bought, plans, product, shop

shares = st.floats(0, 1)


@pytest.mark.parametrize("orders", [0, 10, 299, 300, 301, 500, 1200, 10_000])
def test_alpha_is_the_sigmoid_and_beta_what_it_leaves(orders: int) -> None:
    found = weights(orders)
    assert found.alpha == pytest.approx(0.6 / (1 + math.exp(0.01 * (orders - 300))))
    assert found.alpha + found.beta == pytest.approx(0.8)
    assert found.gamma == 0.2


@given(st.floats(0, 1e12), st.floats(0, 1e12))
def test_the_more_orders_the_less_texts_count(one: float, other: float) -> None:
    few, many = sorted([one, other])
    assert 0 <= weights(many).alpha <= weights(few).alpha <= 0.6


@given(st.integers(0, 2000))
def test_one_more_order_hardly_moves_the_weights(orders: int) -> None:
    assert weights(orders).alpha - weights(orders + 1).alpha <= 0.0016


@given(shares, shares, shares, st.floats(0, 1e6))
def test_the_score_is_a_share_and_all_of_it_is_one(
    semantic: float, data: float, business: float, orders: float
) -> None:
    def score(semantic: float, data: float, business: float) -> float:
        one = Candidate((0, 1), "increase_aov", "FBT", "co_purchase", semantic, data, business)
        return hybrid(one, weights(orders))

    assert 0 <= score(semantic, data, business) <= 1
    assert score(1, 1, 1) == pytest.approx(1)
    assert score(0, 0, 0) == 0


def test_a_category_counts_each_order_once_and_an_unknown_one_stands_for_the_store() -> None:
    products = [product("a", category="wine"), product("b", category="wine"), product("c", category="tea")]
    of = shop(
        [*products, product("d")], [*bought("a", "b", "d", times=3), *bought("c"), *bought("d", times=2)]
    )
    mature = Maturity.of(of)
    assert of.catalog.categories == ("tea", "wine")
    assert [mature.orders_of(code) for code in (0, 1, -1)] == [1, 3, 6]


def test_a_mature_category_lets_orders_lead_and_a_new_one_texts() -> None:
    products = [product("a", category="old"), product("b", category="new")]
    mature = Maturity.of(shop(products, [*bought("a", times=600), *bought("b", times=10)]))
    new, old = (weights(mature.orders_of(code)) for code in (0, 1))
    assert new.alpha > 0.5
    assert new.beta < 0.3
    assert old.beta > 0.7


@settings(max_examples=40)
@given(plans())
def test_no_category_has_more_orders_than_the_store(plan: Plan) -> None:
    of = plan.built()
    mature = Maturity.of(of)
    assert all(
        0 <= mature.orders_of(code) <= of.book.orders for code in range(-1, len(of.catalog.categories))
    )
