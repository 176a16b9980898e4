"""A store as the engine sees it."""

from hypothesis import given
from hypothesis import strategies as st

from tests.bundling.shops import Plan, ago, bought, plans, product, row, shop


def test_orders_after_the_day_of_the_run_do_not_count() -> None:
    of = shop([product("a")], [*bought("a", times=2), *bought("a", times=3, days_ago=-1)])
    assert of.book.orders == 2
    assert of.sold_in.tolist() == [2]


def test_lines_of_products_that_are_gone_are_left_out_and_their_orders_stay() -> None:
    of = shop([product("a")], [*bought("a", "gone"), *bought("gone")])
    assert of.book.orders == 2
    assert of.sold_in.tolist() == [1]
    assert of.share_sold.tolist() == [0.5]


def test_only_the_last_thirty_days_are_of_late() -> None:
    of = shop([product("a")], [*bought("a", days_ago=29), *bought("a", times=4, days_ago=31)])
    assert of.sold_lately().tolist() == [1]


def test_products_in_the_currency_of_most_are_offered() -> None:
    of = shop([product("a"), product("b"), product("c", currency="JPY")])
    assert of.offered.tolist() == [True, True, False]


def test_of_two_currencies_with_as_many_products_the_first_by_name_counts() -> None:
    of = shop([product("a", currency="USD"), product("b", currency="EUR")])
    assert of.offered.tolist() == [False, True]


def test_products_without_a_price_do_not_decide_the_currency() -> None:
    free = [product(f"free {n}", price=None, currency="CHF") for n in range(5)]
    of = shop([*free, product("a")])
    assert of.offered[row(of, "a")]


def test_what_has_no_price_no_stock_or_no_launch_yet_is_not_offered() -> None:
    of = shop(
        [
            product("a"),
            product("b", price=None),
            product("c", price=0.0),
            product("d", inventory=0.0),
            product("e", launched_at=ago(-1)),
            product("f", inventory=None, launched_at=None),
        ]
    )
    assert of.offered.tolist() == [True, False, False, False, False, True]


@given(plans(), st.integers(0, 9))
def test_the_same_store_in_any_order_is_the_same(plan: Plan, seed: int) -> None:
    one, other = plan.built(), plan.shuffled(seed)
    assert one.catalog.product_ids == other.catalog.product_ids
    assert one.sold_in.tolist() == other.sold_in.tolist()
    assert one.offered.tolist() == other.offered.tolist()
    assert one.sold_lately().tolist() == other.sold_lately().tolist()
