"""Which objectives are worth pursuing in a store, and how sure that is."""

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bundling.bundle import Objective
from bundling.intervals import certainty
from bundling.objectives import HIGH_MARGIN, ObjectiveScore, score_objectives, slow_movers
from bundling.shop import Shop
from contracts.product import Product
from tests.bundling.shops import Bought, Plan, ago, bought, plans, product, row, shop


def score(of: Shop, objective: Objective) -> ObjectiveScore:
    [found] = [one for one in score_objectives(of) if one.objective == objective]
    return found


def many(count: int, **said: object) -> list[Product]:
    return [product(f"p{number:02}", **said) for number in range(count)]


def slow(of: Shop) -> set[str]:
    return {of.catalog.product_ids[place] for place in np.flatnonzero(slow_movers(of))}


@settings(max_examples=150)
@given(plans())
def test_of_any_shop_all_eight_are_scored_between_nothing_and_one(plan: Plan) -> None:
    scores = score_objectives(plan.built())

    assert {one.objective for one in scores} == set(get_args(Objective))
    for one in scores:
        assert 0 <= one.benefit <= 1
        assert 0 <= one.confidence <= 1
        assert one.priority == one.benefit * one.confidence
    assert [one.priority for one in scores] == sorted((one.priority for one in scores), reverse=True)


@given(plans(), st.integers(0, 9))
def test_the_order_of_products_and_orders_does_not_matter(plan: Plan, seed: int) -> None:
    assert score_objectives(plan.built()) == score_objectives(plan.shuffled(seed))


def test_an_empty_store_has_nothing_to_pursue_but_what_is_always_so() -> None:
    assert [one.objective for one in score_objectives(shop([])) if one.priority] == []


def test_equal_priorities_are_ordered_by_name() -> None:
    names = [one.objective for one in score_objectives(shop([])) if not one.priority]
    assert names == sorted(names)


def test_a_wholesaler_with_26_products_an_order_does_not_swamp_the_rest() -> None:
    products = many(60)
    names = [one.product_id for one in products]
    orders = [Bought(tuple(map(str, names[: 1 + 5 * (n % 11)])), 2.0) for n in range(200)]
    of = shop(products, orders)

    assert of.book.sizes.mean() > 25
    assert score(of, "increase_aov").benefit < 0.5
    assert score(of, "increase_aov").confidence == 1


@pytest.mark.parametrize(("orders", "confidence"), [(0, 0.0), (25, 0.25), (100, 1.0), (300, 1.0)])
def test_orders_make_increase_aov_sure(orders: int, confidence: float) -> None:
    assert score(shop(many(2), bought("p00", times=orders)), "increase_aov").confidence == confidence


def test_small_orders_leave_room_to_increase() -> None:
    one_each = score(shop(many(4), bought("p00", times=20)), "increase_aov")
    three_each = score(shop(many(4), bought("p00", "p01", "p02", times=20)), "increase_aov")

    assert one_each.benefit == pytest.approx(2 / 3)
    assert three_each.benefit == 0


@pytest.mark.parametrize(("orders", "confidence"), [(0, 0.0), (10, 0.2), (40, 0.8), (400, 0.8)])
def test_a_season_is_worth_two_fifths_and_never_quite_sure(orders: int, confidence: float) -> None:
    found = score(shop(many(2), bought("p00", times=orders)), "seasonal_promo")
    assert (found.benefit, found.confidence) == pytest.approx((0.4, confidence))


@pytest.mark.parametrize(("count", "confidence"), [(1, 0.05), (10, 0.5), (14, 0.7), (40, 0.7)])
def test_a_gift_box_is_worth_three_tenths_and_wants_products(count: int, confidence: float) -> None:
    found = score(shop(many(count)), "gift_box")
    assert (found.benefit, found.confidence) == pytest.approx((0.3, confidence))


@pytest.mark.parametrize(("subscribed", "benefit"), [(0, 0.0), (1, 0.0), (2, 0.2)])
def test_subscriptions_are_pushed_where_two_products_have_them(subscribed: int, benefit: float) -> None:
    tagged = [product(f"s{n}", features=("Subscribe & Save",)) for n in range(subscribed)]
    found = score(shop([*many(3), *tagged]), "subscription_push")
    assert (found.benefit, found.confidence) == (benefit, 0.5)


def test_categories_are_worth_half_their_diversity() -> None:
    of = shop([product(f"p{n}", category=f"c{n % 4}") for n in range(8)])
    found = score(of, "category_bundle")
    assert (found.benefit, found.confidence) == pytest.approx((0.375, 0.8))


def test_one_category_has_no_diversity() -> None:
    assert score(shop(many(9, category="wine")), "category_bundle").benefit == 0


def test_rich_and_varied_margins_are_worth_guarding() -> None:
    of = shop([product(f"p{n}", price=10.0, cost=cost) for n, cost in enumerate([1.0, 1.0, 9.0, 9.0])])
    found = score(of, "margin_guard")
    assert found.benefit == pytest.approx((1.0 + 0.5) / 2)
    assert found.confidence == pytest.approx(certainty(2, 4))


def test_without_any_cost_nothing_is_known_of_margins() -> None:
    found = score(shop(many(9)), "margin_guard")
    assert (found.benefit, found.confidence) == (0.0, 0.0)


@given(st.lists(st.booleans(), min_size=12, max_size=12))
def test_a_missing_cost_never_makes_a_margin_low(kept: Sequence[bool]) -> None:
    """All margins are equal: whatever costs are dropped, the share of high ones stays all or none."""
    rich = [product(f"p{n}", cost=4.0 if known else None) for n, known in enumerate(kept)]
    poor = [product(f"p{n}", cost=18.0 if known else None) for n, known in enumerate(kept)]

    assert score(shop(rich), "margin_guard").benefit == (0.5 if any(kept) else 0.0)
    assert score(shop(poor), "margin_guard").benefit == 0
    assert score(shop(rich), "margin_guard").confidence == pytest.approx(certainty(sum(kept), sum(kept)))


@given(plans(), st.integers(0, 9))
def test_dropping_costs_turns_no_other_product_poor(plan: Plan, seed: int) -> None:
    dropped = np.random.default_rng(seed).random(len(plan.products)) < 0.5
    products = [
        one.model_copy(update={"cost": None}) if gone else one
        for one, gone in zip(plan.products, dropped, strict=True)
    ]
    before, after = (
        plan.built().catalog.margins,
        replace(plan, products=tuple(products)).built().catalog.margins,
    )

    assert np.isnan(after[dropped]).all()
    assert np.array_equal(before[~dropped], after[~dropped], equal_nan=True)


def test_a_margin_of_two_fifths_is_high() -> None:
    assert HIGH_MARGIN == 0.4
    of = shop([product("a", price=10.0, cost=6.0), product("b", price=10.0, cost=6.1)])
    assert score(of, "margin_guard").benefit == pytest.approx((0.005 / 0.3 + 0.5) / 2)


def test_dead_stock_is_slow() -> None:
    of = shop(
        [product("dead", launched_at=ago(200)), product("sold", launched_at=ago(200))],
        bought("sold", times=5),
    )
    assert slow(of) == {"dead"}
    assert score(of, "clear_slow_movers").benefit == 0.5
    assert score(of, "clear_slow_movers").confidence == pytest.approx(certainty(1, 2))


def test_what_says_no_launch_was_always_there() -> None:
    assert slow(shop(many(2), bought("p00", times=5))) == {"p01"}


def test_what_came_within_the_window_is_not_judged_yet() -> None:
    products = [product("new", launched_at=ago(60)), product("old", launched_at=ago(90)), product("sold")]
    of = shop(products, bought("sold", times=5))
    assert slow(of) == {"old"}
    assert score(of, "clear_slow_movers").benefit == 0.5


def test_what_sold_a_fifth_of_the_middle_or_less_is_slow() -> None:
    products = many(4)
    orders = [
        *bought("p00", times=10),
        *bought("p01", times=10),
        *bought("p02", times=2),
        *bought("p03", times=3),
    ]
    of = shop(products, [*orders, *bought("p00", times=10), *bought("p01", times=8)])
    # units sold: 20, 18, 2, 3; the middle is 10.5, a fifth of it 2.1
    assert slow(of) == {"p02"}


def test_sales_before_the_window_do_not_save_a_product() -> None:
    of = shop(many(2), [*bought("p00", times=5), *bought("p01", times=50, days_ago=91)])
    assert slow(of) == {"p01"}


def test_a_store_that_sold_nothing_lately_has_no_slow_products() -> None:
    assert slow(shop(many(3), bought("p00", times=5, days_ago=300))) == set()


def test_few_new_products_are_known_as_well_as_many() -> None:
    products = [product(f"p{n}", launched_at=ago(10 if n < 1 else 400)) for n in range(50)]
    found = score(shop(products), "new_launch")
    assert found.benefit == pytest.approx(1 / 50 * 5)
    assert found.confidence == pytest.approx(certainty(1, 50))
    assert found.confidence > 0.85


def test_a_fifth_of_new_products_is_worth_all() -> None:
    products = [product(f"p{n}", launched_at=ago(10 if n < 2 else 400)) for n in range(10)]
    assert score(shop(products), "new_launch").benefit == 1


def test_what_is_launched_later_is_neither_new_nor_offered() -> None:
    of = shop([product("later", launched_at=ago(-5)), *many(3, launched_at=ago(400))])
    assert score(of, "new_launch").benefit == 0
    assert not of.offered[row(of, "later")]


def test_a_launch_in_another_time_zone_is_the_same_moment() -> None:
    elsewhere = ago(29).astimezone().isoformat()
    of = shop([product("a", launched_at=elsewhere), *many(3, launched_at=ago(400))])
    assert of.is_new[row(of, "a")]


def test_a_store_without_stock_has_nothing_to_pursue_by_its_products() -> None:
    of = shop(many(9, inventory=0.0, cost=2.0, category="wine"), bought("p00", times=50))
    by_products = ("margin_guard", "clear_slow_movers", "new_launch", "category_bundle", "gift_box")
    assert [score(of, name).priority for name in by_products] == [0.0] * 5  # type: ignore[arg-type]
