"""Every product is in a bundle, or there is one reason why not."""

from hypothesis import HealthCheck, given, settings

from bundling.accounting import WORDS, unplaced
from bundling.bundle import Candidate
from bundling.choosing import Wish, choose
from bundling.gates import COUNTED
from bundling.shop import Shop
from contracts.product import Product
from tests.bundling.shops import Plan, ago, bought, every_candidate, plans, product, row, shop

TEN = Wish(10, 0.7)
PAIR = Candidate((0, 1), "increase_aov", "FBT", "co_purchase", business=0.5)


def code(of: Shop, product_id: str, *candidates: Candidate, wish: Wish = TEN) -> str:
    return unplaced(of, choose(of, candidates, wish))[row(of, product_id)][0]


def sold(*products: Product) -> Shop:
    return shop([product("a"), product("b"), *products], bought("a", "b", times=20))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(plans(orders=30))
def test_every_product_has_exactly_one_outcome(plan: Plan) -> None:
    of = plan.built()
    choice = choose(of, every_candidate(of), TEN)
    placed = {place for one in choice.chosen for place in one.offer.candidate.rows}
    why = unplaced(of, choice)
    assert placed | set(why) == set(range(of.catalog.size))
    assert not placed & set(why)
    assert {reason for reason, _ in why.values()} <= {*WORDS, *COUNTED}
    assert all(words for _, words in why.values())


def test_what_alone_keeps_a_product_out_is_named_before_anything_else() -> None:
    barred = {
        "no_price": product("x", price=None),
        "out_of_stock": product("x", inventory=0.0),
        "not_launched": product("x", launched_at=ago(-1)),
        "other_currency": product("x", currency="JPY"),
    }
    assert {name: code(sold(one), "x", PAIR) for name, one in barred.items()} == {
        name: name for name in barred
    }


def test_what_nothing_was_found_for_is_named() -> None:
    assert code(sold(product("x")), "x", PAIR) == "no_companion"


def test_what_could_have_been_but_was_not_chosen_is_named() -> None:
    of = sold(product("x"))
    worse = Candidate((0, 2), "increase_aov", "FBT", "co_purchase", business=0.1)
    assert code(of, "x", PAIR, worse, wish=Wish(1, 0.7)) == "not_chosen"


def test_of_several_rejections_the_most_frequent_is_named_with_its_count() -> None:
    of = shop(
        [product("a"), product("b", variant_of="model"), product("x", variant_of="model")],
        bought("a", "b", times=20),
    )
    variants = Candidate((1, 2), "increase_aov", "FBT", "co_purchase")
    unsure = [Candidate((0, 2), aim, "FBT", "association_rules") for aim in ("increase_aov", "gift_box")]
    choice = choose(of, [PAIR, variants, *unsure], TEN)
    reason, words = unplaced(of, choice)[row(of, "x")]
    assert reason == "low_support"
    assert words == "3 bundles with it were rejected, 2 for this"
