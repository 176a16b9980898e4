"""Which categories go together, by a store's own orders and texts."""

from itertools import combinations

from hypothesis import given, settings

from bundling.compatibility import Compatibility
from bundling.shop import Shop
from tests.bundling.checker import Texts
from tests.bundling.shops import Bought, Plan, bought, plans, product, row, shop

SHOES, RADIOS = [1.0, 0.0, 0.1], [0.0, 1.0, 0.1]


def two_categories(*orders: Bought) -> Shop:
    products = [product(f"shoe {n}", category="shoes") for n in range(3)]
    products += [product(f"radio {n}", category="radios") for n in range(3)]
    return shop(products, orders, [SHOES] * 3 + [RADIOS] * 3)


def fit(of: Shop, *names: str) -> bool:
    return Compatibility.of(of).of_set(tuple(row(of, name) for name in names), of.catalog.category)


def test_shoes_do_not_go_with_radios_though_there_are_no_other_categories() -> None:
    of = two_categories()
    assert fit(of, "shoe 0", "shoe 1")
    assert not fit(of, "shoe 0", "radio 0")
    assert not fit(of, "shoe 0", "shoe 1", "radio 0")


def test_three_orders_that_hold_both_make_them_go_together() -> None:
    both = bought("shoe 0", "radio 0", times=3)
    assert fit(two_categories(*both), "shoe 1", "radio 2")
    assert not fit(two_categories(*both[:2]), "shoe 1", "radio 2")


def test_orders_that_hold_both_less_often_than_chance_would_have_it_do_not() -> None:
    orders = [
        *bought("shoe 0", "radio 0", times=3),
        *bought("shoe 0", times=20),
        *bought("radio 0", times=20),
    ]
    assert not fit(two_categories(*orders), "shoe 0", "radio 0")


def test_what_has_no_category_goes_with_everything() -> None:
    of = shop([product("a", category="shoes"), product("b")], vectors=[SHOES, RADIOS])
    assert fit(of, "a", "b")


def test_without_texts_or_orders_only_the_same_category_goes_together() -> None:
    of = shop(
        [product("a", category="shoes"), product("b", category="radios"), product("c", category="shoes")]
    )
    assert fit(of, "a", "c")
    assert not fit(of, "a", "b")


def test_products_that_are_all_the_same_go_together_whatever_their_category() -> None:
    of = shop([product(f"p{n}", category=f"c{n % 3}") for n in range(9)], vectors=[[0.3, 0.2, 0.7]] * 9)
    assert Compatibility.of(of).fits.all()


@settings(max_examples=60)
@given(plans())
def test_the_table_is_that_of_a_count_by_hand(plan: Plan) -> None:
    of = plan.built()
    fits = Compatibility.of(of).fits
    texts, products = texts_of(of, plan), {one.item_id: one for one in plan.products}
    assert (fits == fits.T).all()
    for one, other in combinations(range(len(of.catalog.categories)), 2):
        if fits[one, other]:
            assert texts.compatible(of.catalog.categories[one], of.catalog.categories[other], products)


def texts_of(of: Shop, plan: Plan) -> Texts:
    """Orders by the day of the run."""
    vectors = dict(zip(of.catalog.product_ids, map(tuple, of.catalog.vectors.tolist()), strict=True))
    sold = [frozenset(one.product_ids) for one in plan.orders if one.days_ago >= 0 and one.product_ids]
    return Texts(vectors, sold)
