"""What each objective wants of a bundle."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from bundling.bundle import Objective
from bundling.candidates.aims import AIMS, MOST_ANCHORS, aim_of
from bundling.catalog import Flags
from bundling.shop import Shop
from contracts.product import Product
from tests.bundling.shops import Bought, Plan, ago, bought, plans, product, row, shop


def many(count: int, **said: Any) -> list[Product]:
    return [product(f"p{number:02}", **said) for number in range(count)]


def names(of: Shop, flags: Flags) -> set[str]:
    return {of.catalog.product_ids[place] for place in np.flatnonzero(flags)}


def anchors(of: Shop, objective: Objective) -> list[str]:
    return [of.catalog.product_ids[place] for place in aim_of(objective, of).anchors]


def partners(of: Shop, objective: Objective, anchor: str) -> set[str]:
    return names(of, aim_of(objective, of).partners_of(row(of, anchor), of))


@settings(max_examples=80)
@given(plans())
def test_whatever_the_shop_only_what_is_offered_is_taken_and_scores_are_shares(plan: Plan) -> None:
    of = plan.built()
    for objective in AIMS:
        aim = aim_of(objective, of)
        assert of.offered[aim.anchors].all()
        assert not (aim.partners & ~of.offered).any()
        assert ((aim.serves >= 0) & (aim.serves <= 1)).all()
        for anchor in aim.anchors.tolist():
            families = of.catalog.family[aim.partners_of(anchor, of)]
            assert of.catalog.family[anchor] not in families


def test_best_sellers_come_first_then_dearer_ones_then_by_id() -> None:
    products = [product("a"), product("b"), product("c", price=30.0), product("d")]
    assert anchors(shop(products, bought("d")), "increase_aov") == ["d", "c", "a", "b"]


def test_a_combo_has_forty_anchors_at_most() -> None:
    assert len(anchors(shop(many(60)), "increase_aov")) == MOST_ANCHORS == 40


def test_margins_are_guarded_with_rich_products_beside_any() -> None:
    of = shop(
        [
            product("poor", cost=18.0),
            product("rich", cost=11.0),
            product("unknown"),
            product("best", cost=2.0),
        ]
    )
    assert partners(of, "margin_guard", "poor") == {"rich", "best"}
    serves = aim_of("margin_guard", of).serves
    assert serves[[row(of, name) for name in ("poor", "rich", "unknown", "best")]] == pytest.approx(
        [0.1 / 0.6, 0.45 / 0.6, 0, 1]
    )


def test_slow_products_stand_beside_others() -> None:
    of = shop([product("slow"), product("fast"), product("quick")], bought("fast", "quick", times=9))
    assert anchors(of, "clear_slow_movers") == ["fast", "quick"]
    assert partners(of, "clear_slow_movers", "fast") == {"slow"}


def test_new_products_stand_beside_others() -> None:
    of = shop([product("new", launched_at=ago(3)), product("old"), product("later", launched_at=ago(-3))])
    assert anchors(of, "new_launch") == ["old"]
    assert partners(of, "new_launch", "old") == {"new"}


def test_dear_products_add_most_to_an_order() -> None:
    of = shop([product("a", price=10.0), product("b", price=20.0), product("c", price=90.0)])
    assert aim_of("increase_aov", of).serves.tolist() == [0.25, 0.5, 1.0]


def test_what_sells_more_of_late_than_before_is_in_season() -> None:
    orders = [*bought("ice", times=9, days_ago=2), *bought("ice", times=3, days_ago=200)]
    more = [*bought("coal", times=3, days_ago=2), *bought("coal", times=9, days_ago=200)]
    of = shop(
        [product("ice"), product("coal"), product("sun")], [*orders, *more, *bought("sun", "ice", times=4)]
    )
    assert anchors(of, "seasonal_promo") == ["ice", "sun"]
    assert partners(of, "seasonal_promo", "ice") == {"sun"}


def test_in_a_store_of_three_weeks_nothing_is_in_season_yet() -> None:
    orders = [Bought((f"p{n % 7:02}", f"p{n % 5:02}"), n % 20) for n in range(50)]
    assert anchors(shop(many(7), orders), "seasonal_promo") == []


def test_bundles_of_a_category_stay_in_it() -> None:
    products = [product("a", category="tea"), product("b", category="tea"), product("c", category="wine")]
    of = shop([*products, product("d")])
    assert partners(of, "category_bundle", "a") == {"b"}
    assert partners(of, "category_bundle", "d") == set()


def test_a_gift_box_holds_different_kinds_at_about_one_price() -> None:
    products = [
        product("a", category="tea", price=10.0),
        product("same", category="tea", price=10.0),
        product("half", category="wine", price=5.0),
        product("twice", category="wine", price=20.0),
        product("cheap", category="wine", price=4.9),
        product("dear", category="wine", price=20.1),
    ]
    assert partners(shop(products), "gift_box", "a") == {"half", "twice"}


def test_subscriptions_go_with_subscriptions() -> None:
    of = shop([*many(2, features=("Subscription",)), product("once")])
    assert anchors(of, "subscription_push") == ["p00", "p01"]
    assert partners(of, "subscription_push", "p00") == {"p01"}


def test_a_variant_of_the_anchor_is_no_partner() -> None:
    of = shop([product("red", variant_of="shirt"), product("blue", variant_of="shirt"), product("tie")])
    assert partners(of, "increase_aov", "red") == {"tie"}
