"""A bundle costs less than its parts, and never less than its margin allows."""

import math
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bundling.bundle import BundleType, Candidate, Method, Objective
from bundling.pricing import Price, Tier, _paid, priced, valid_ladder
from bundling.shop import Shop
from contracts.product import Product
from tests.bundling.shops import product, shop

KINDS: tuple[BundleType, ...] = get_args(BundleType)
OBJECTIVES: tuple[Objective, ...] = get_args(Objective)


def candidate(
    of: Shop,
    kind: BundleType = "FBT",
    objective: Objective = "increase_aov",
    method: Method = "co_purchase",
) -> Candidate:
    return Candidate(tuple(range(of.catalog.size)), objective, kind, method)


def price(*products: Product, **how: Any) -> Price:
    of = shop(products)
    return priced(candidate(of, **how), of.catalog)


def alike(count: int, each: float = 10.0, **said: Any) -> list[Product]:
    return [product(f"p{n}", price=each, **said) for n in range(count)]


@pytest.mark.parametrize(
    ("kind", "objective", "discount"),
    [
        ("FBT", "increase_aov", 0.05),
        ("FIXED", "gift_box", 0.10),
        ("MIX_MATCH", "increase_aov", 0.15),
        ("FIXED", "clear_slow_movers", 0.20),
        ("MIX_MATCH", "seasonal_promo", 0.20),
        ("FBT", "margin_guard", 0.0),
    ],
)
def test_the_discount_follows_from_type_and_objective(
    kind: BundleType, objective: Objective, discount: float
) -> None:
    found = price(*alike(3), kind=kind, objective=objective)
    assert found.discount == pytest.approx(discount)
    assert found.price == pytest.approx(30 * (1 - discount))
    assert found.full == 30


def test_without_any_cost_nothing_is_claimed_about_the_margin() -> None:
    assert price(*alike(2)).margin is None
    assert price(*alike(1, cost=5.0), product("q", price=10.0)).margin is None


def test_the_margin_is_of_what_is_paid() -> None:
    found = price(*alike(2, cost=5.0))
    assert found.margin == pytest.approx((19 - 10) / 19)


@pytest.mark.parametrize(
    ("method", "cost", "discount"), [("co_purchase", 8.16, 0.04), ("high_margin_curation", 7.6, 0.05)]
)
def test_the_discount_ends_where_the_margin_floor_begins(
    method: Method, cost: float, discount: float
) -> None:
    found = price(*alike(2, cost=cost), method=method, kind="FIXED")
    assert found.discount == pytest.approx(discount)
    assert found.margin == pytest.approx(0.15 if method == "co_purchase" else 0.20)


def test_what_keeps_too_little_without_any_discount_gets_none() -> None:
    assert price(*alike(2, cost=9.0)).discount == 0


def test_one_known_cost_limits_the_discount_though_another_is_not_known() -> None:
    found = price(product("a", price=10.0, cost=8.16), product("b", price=10.0), kind="FIXED")
    assert found.discount == pytest.approx(0.04)


def test_a_dear_product_with_a_cheap_one_is_never_cheaper_than_alone() -> None:
    found = price(product("bicycle", price=2000.0), product("bottle", price=5.0))
    assert 2000 < found.price <= 2005
    assert valid_ladder(found)


def test_a_sum_without_discount_is_valid_though_cents_have_no_exact_binary_form() -> None:
    found = price(product("a", price=0.7), product("b", price=0.1), objective="margin_guard")
    assert (found.full, found.price) == (0.8, 0.8)
    assert valid_ladder(found)


@pytest.mark.parametrize(("currency", "expected"), [("JPY", 189.0), ("EUR", 188.94), ("KWD", 188.944)])
def test_prices_are_rounded_to_what_can_be_paid(currency: str, expected: float) -> None:
    assert price(*alike(2, 99.444, currency=currency)).price == expected


def test_where_the_unit_is_coarse_the_floor_is_kept_all_the_same() -> None:
    found = price(*alike(2, 5.0, cost=4.0, currency="JPY"), kind="FIXED")
    assert found.price == 10
    assert found.margin == pytest.approx(0.2)


def test_prices_in_two_currencies_are_not_added() -> None:
    found = price(product("a", currency="EUR"), product("b", currency="JPY"))
    assert math.isnan(found.full)
    assert not valid_ladder(found)


def test_what_has_no_price_makes_no_price() -> None:
    found = price(product("a"), product("b", price=None))
    assert math.isnan(found.price)
    assert not valid_ladder(found)


def test_a_mix_and_match_is_cheaper_each_the_more_is_taken() -> None:
    found = price(*alike(5), kind="MIX_MATCH")
    assert found.tiers == (Tier(2, 0.10), Tier(3, 0.15), Tier(4, 0.20), Tier(5, 0.25))
    assert found.discount == pytest.approx(found.tiers[-1].discount)


def test_no_tier_gives_more_than_the_margin_of_all_allows() -> None:
    found = price(*alike(5, cost=7.0), kind="MIX_MATCH")
    assert [tier.discount for tier in found.tiers] == pytest.approx([0.10, 0.15, 0.17, 0.17])


def test_only_a_mix_and_match_has_tiers() -> None:
    assert price(*alike(5), kind="FIXED").tiers == ()


@pytest.mark.parametrize(
    ("given_price", "valid"),
    [
        (Price(30, 27, 0.1, 20), True),
        (Price(30, 30, 0.0, 20), True),
        (Price(30, 20, 0.33, 20), False),
        (Price(30, 30.01, 0.0, 20), False),
        (Price(0, 0, 0.0, 0), False),
        (Price(30, 27, 0.1, 20, (Tier(2, 0.1), Tier(3, 0.05))), False),
        (Price(30, 27, 0.1, 20, (Tier(2, 0.05), Tier(3, 0.1))), True),
    ],
)
def test_the_ladder_lies_between_the_dearest_and_all(given_price: Price, *, valid: bool) -> None:
    assert valid_ladder(given_price) is valid


amounts = st.decimals("0.01", "5000", places=2).map(float)
costs = st.none() | st.floats(0.0, 1.1)


@given(
    st.lists(st.tuples(amounts, costs), min_size=2, max_size=5),
    st.sampled_from(KINDS),
    st.sampled_from(OBJECTIVES),
    st.sampled_from(["co_purchase", "category_diversity"]),
    st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_a_discount_never_breaks_a_margin_that_was_kept(
    parts: list[tuple[float, float | None]],
    kind: BundleType,
    objective: Objective,
    method: Method,
    currency: str,
) -> None:
    floor = 0.2 if method == "category_diversity" else 0.15
    products = [
        product(f"p{n}", price=amount, cost=None if share is None else share * amount, currency=currency)
        for n, (amount, share) in enumerate(parts)
    ]
    known = [(one.price or 0.0, one.cost) for one in products if one.cost is not None]
    value, cost = sum(one for one, _ in known), sum(one for _, one in known)
    # Two whole yen of room, where prices have digits that cannot be paid.
    full = sum(one.price or 0.0 for one in products)
    room = 2.0 if currency == "JPY" else 0.02
    assume(value == 0 or cost <= (1 - floor) * value * (1 - room / full))
    assume(full - max(one.price or 0.0 for one in products) > room)
    found = price(*products, kind=kind, objective=objective, method=method)

    assert valid_ladder(found)
    if known:
        paid = value * found.price / found.full
        assert (paid - cost) / paid >= floor - 1e-9


@pytest.mark.parametrize("rounding", ["ROUND_CEILING", "ROUND_FLOOR"])
def test_a_price_of_any_size_is_rounded(rounding: str) -> None:
    assert _paid(1.1764705882352942e32, Decimal("0.01"), rounding) == Decimal("1.1764705882352942e32")
