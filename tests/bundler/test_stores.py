"""Stores of all kinds: a right result, or a clear reason."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from cli.demo_shop import LAST_DAY
from contracts.bundling import BundleSettings
from contracts.order import Order, OrderLine
from contracts.product import Product
from tests.bundler.checker import likeness, violations
from tests.bundler.engine import Made, made
from tests.bundler.inputs import ORDERS, PRODUCTS


def changed(products: Sequence[Product] = PRODUCTS, **values: Any) -> list[Product]:
    return [one.model_copy(update=values) for one in products]


def accounted(result: Made, products: Sequence[Product]) -> bool:
    outcome = result.found.outcome
    told = [*outcome.placed, *(one.item_id for one in outcome.excluded)]
    return sorted(told) == sorted(one.item_id for one in products)


def singles(count: int) -> list[Order]:
    """Orders of one product each."""
    return [
        Order(
            order_id=f"o{number}",
            placed_at=LAST_DAY - timedelta(hours=number),
            lines=(OrderLine(product_id=PRODUCTS[number % len(PRODUCTS)].product_id),),
        )
        for number in range(count)
    ]


def test_a_usual_store_gets_ten_bundles_that_pass_every_gate() -> None:
    result = made(PRODUCTS, ORDERS)
    assert len(result.bundles) == 10
    assert not any(bundle.cold_start for bundle in result.bundles)
    assert violations(result.bundles, PRODUCTS, LAST_DAY) == []
    assert accounted(result, PRODUCTS)


def test_a_store_without_orders_gets_up_to_four_marked_bundles() -> None:
    result = made(PRODUCTS)
    assert len(result.bundles) == 4
    assert all(bundle.cold_start for bundle in result.bundles)
    assert violations(result.bundles, PRODUCTS, LAST_DAY) == []
    assert result.found.record is not None
    assert result.found.record.cold_start


@pytest.mark.parametrize("count", [4, 5, 12])
def test_four_products_of_about_the_same_price_are_enough(count: int) -> None:
    few = [Product(product_id=n, name=f"thing {n}", price=20.0 + n) for n in range(count)]
    result = made(few)
    assert 1 <= len(result.bundles) <= 4
    assert violations(result.bundles, few) == []


def test_orders_of_one_product_each_say_nothing_of_pairs() -> None:
    result = made(PRODUCTS, singles(300))
    assert not [one for one in result.bundles if one.method in ("association_rules", "co_purchase")]
    assert result.bundles
    assert violations(result.bundles, PRODUCTS, LAST_DAY) == []
    assert result.found.record is not None
    assert result.found.record.mining.associations == 0


def test_missing_costs_are_no_margins_of_zero() -> None:
    result = made(changed(cost=None), ORDERS)
    assert len(result.bundles) == 10
    assert {bundle.margin for bundle in result.bundles} == {None}
    assert result.found.record is not None
    scored = result.found.record.objective_selection["margin_guard"]
    assert (scored.benefit, scored.confidence, scored.selected) == (0.0, 0.0, False)


def test_a_store_that_is_sold_out_gets_none_and_is_told_why() -> None:
    result = made(changed(inventory=0.0), ORDERS)
    assert result.bundles == ()
    assert set(result.reasons.values()) == {"out_of_stock"}
    assert accounted(result, PRODUCTS)


def test_what_has_no_price_is_left_out_and_named() -> None:
    priceless = [*changed(PRODUCTS[:20], price=None), *PRODUCTS[20:]]
    result = made(priceless, ORDERS)
    assert {result.reasons[one.item_id] for one in PRODUCTS[:20]} == {"no_price"}
    assert violations(result.bundles, priceless, LAST_DAY) == []


def test_one_category_is_enough() -> None:
    result = made(changed(category="Everything"), ORDERS)
    assert len(result.bundles) == 10
    assert accounted(result, PRODUCTS)


def test_no_category_is_enough() -> None:
    result = made(changed(category=None), ORDERS)
    assert len(result.bundles) == 10


def test_two_currencies_are_never_put_together() -> None:
    mixed = [*PRODUCTS[:40], *changed(PRODUCTS[40:], currency="USD")]
    result = made(mixed, ORDERS)
    assert {bundle.currency for bundle in result.bundles} == {"EUR"}
    assert {result.reasons[one.item_id] for one in PRODUCTS[40:]} <= {"other_currency", "out_of_stock"}
    assert violations(result.bundles, mixed, LAST_DAY) == []


def test_orders_after_the_day_of_the_run_do_not_count() -> None:
    day = LAST_DAY - timedelta(days=60)
    whole = made(PRODUCTS, ORDERS, as_of=day)
    known = made(PRODUCTS, [one for one in ORDERS if one.placed_at <= day], as_of=day)
    assert whole.bundles == known.bundles
    assert whole.shop.book.orders < len(ORDERS)


def test_products_that_are_launched_later_wait() -> None:
    later = [*changed(PRODUCTS[:30], launched_at=LAST_DAY + timedelta(days=9)), *PRODUCTS[30:]]
    result = made(later, ORDERS)
    assert {result.reasons[one.item_id] for one in PRODUCTS[:30]} <= {"not_launched", "out_of_stock"}
    assert violations(result.bundles, later, LAST_DAY) == []


def test_an_order_of_everything_teaches_nothing_and_takes_no_time() -> None:
    many = [Product(product_id=n, name=f"part {n}", price=9.0 + n % 7) for n in range(30_000)]
    lines = tuple(OrderLine(product_id=one.product_id) for one in many)
    giant = Order.model_construct(
        order_id="all", store="main", placed_at=LAST_DAY, lines=lines, currency=None, cancelled=False
    )
    result = made(many, [giant, *singles(20)])
    assert result.shop.book.lines == 30_000
    assert not [one for one in result.bundles if one.method == "association_rules"]
    assert result.seconds < 20


def test_variants_of_one_product_are_never_put_together() -> None:
    pairs = [one.model_copy(update={"variant_of": f"model {n // 2}"}) for n, one in enumerate(PRODUCTS)]
    result = made(pairs, ORDERS)
    assert result.bundles
    assert violations(result.bundles, pairs, LAST_DAY) == []


def test_products_and_orders_in_any_order_give_the_same() -> None:
    shuffled, sold = list(PRODUCTS), list(ORDERS)
    random.Random(5).shuffle(shuffled)  # noqa: S311 - no secret
    random.Random(6).shuffle(sold)  # noqa: S311 - no secret
    one, other = made(PRODUCTS, ORDERS).found.outcome, made(shuffled, sold).found.outcome
    assert one.bundles == other.bundles
    assert (one.placed, one.excluded) == (other.placed, other.excluded)


def test_what_is_chosen_to_differ_differs_and_the_record_says_by_how_much() -> None:
    apart = made(PRODUCTS, ORDERS)
    alike = made(PRODUCTS, ORDERS, BundleSettings(diverse=False))
    assert likeness(apart.bundles) < likeness(alike.bundles)
    assert apart.found.record is not None
    told = apart.found.record.diversity_selection
    assert told.mean_similarity < told.mean_similarity_without_mmr


def test_the_recorded_number_of_objectives_makes_the_run_again() -> None:
    first = made(PRODUCTS, ORDERS)
    assert first.found.record is not None
    count = first.found.record.time_budget.max_objectives
    again = made(PRODUCTS, ORDERS, BundleSettings(objectives=count))
    assert again.bundles == first.bundles


def test_a_thousand_orders_take_less_than_two_seconds() -> None:
    made(PRODUCTS, ORDERS)  # libraries are loaded
    assert made(PRODUCTS, (ORDERS * 2)[:1000]).seconds < 2
