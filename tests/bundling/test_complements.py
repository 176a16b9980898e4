"""What stands beside a product: pairs first, then what its variants and category are bought with."""

import math
import time
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundling.catalog import Catalog
from bundling.complements import Complements
from bundling.orders import NOT_SAID, OrderBook, Sale
from contracts.product import Product

DAY_MS = 86_400_000
IDS = "abcdefgh"  # a and b are variants, so are c and d; a to d are one category, e to h another


def store() -> Catalog:
    families = {"a": "ab", "b": "ab", "c": "cd", "d": "cd"}
    products = [
        Product(
            product_id=name, name=name, category="1" if name < "e" else "2", variant_of=families.get(name)
        )
        for name in IDS
    ]
    return Catalog.of(products, np.empty((len(IDS), 0), np.float32))


def fitted(orders: Sequence[str], moments: Sequence[int] | None = None) -> Complements:
    placed = moments or [DAY_MS] * len(orders)
    sales = [
        Sale(f"{place:04}", moment, NOT_SAID, [(name, 1.0, math.nan) for name in bought])
        for place, (bought, moment) in enumerate(zip(orders, placed, strict=True))
    ]
    book = OrderBook.of(sales).renumbered(tuple(IDS))
    return Complements.fit(book, store(), max(placed, default=0))


def beside(found: Complements, anchor: str, count: int = 3) -> str:
    rows, _ = found.best(IDS.index(anchor), count, np.ones(len(IDS), np.bool_))
    return "".join(IDS[row] for row in rows)


def test_what_was_bought_together_comes_before_what_sells_best() -> None:
    found = fitted(["ae"] * 20 + ["h"] * 60 + ["g"] * 40)

    assert beside(found, "a") == "ehg"


def test_a_product_that_was_never_sold_is_helped_by_its_variant() -> None:
    found = fitted(["ae"] * 20 + ["cf"] * 20 + ["h"] * 60)

    assert found.chances(1)[4] > found.chances(1)[5]


def test_a_product_without_variants_is_helped_by_its_category() -> None:
    found = fitted(["eg"] * 20 + ["ac"] * 20)

    assert found.chances(7)[6] > found.chances(7)[2]  # h beside g of its own category


def test_its_own_orders_outweigh_those_of_its_variants() -> None:
    found = fitted(["ae"] * 30 + ["bf"] * 300)

    assert beside(found, "a", 1) == "e"


def test_an_order_of_many_products_says_less_of_each_pair() -> None:
    found = fitted(["ae"] * 10 + ["afgh"] * 10)

    assert beside(found, "a", 1) == "e"


def test_a_recent_order_says_more_than_an_old_one() -> None:
    found = fitted(["ae"] * 10 + ["af"] * 10, [DAY_MS] * 10 + [900 * DAY_MS] * 10)

    assert beside(found, "a", 2) == "fe"


def test_what_the_anchor_makes_no_likelier_scores_nothing() -> None:
    found = fitted(["ae"] * 20 + ["a"] * 20 + ["e"] * 20 + ["h"] * 20 + ["g"] * 20)

    scores = found.scores(0, np.array([4, 7], np.int32))
    assert scores[0] > 0
    assert scores[1] == 0


def test_neither_the_anchor_nor_what_is_not_allowed_is_offered() -> None:
    allowed = np.ones(len(IDS), np.bool_)
    allowed[4] = False

    rows, _ = fitted(["aef"] * 20).best(0, 8, allowed)

    assert rows.tolist() == [5]


def test_without_orders_nothing_is_offered() -> None:
    assert beside(fitted([]), "a") == ""


@given(st.lists(st.text(IDS, min_size=1, max_size=5), max_size=30), st.integers(0, 7))
def test_scores_are_within_0_and_1_and_agree_with_the_list(orders: list[str], anchor: int) -> None:
    found = fitted(orders)

    rows, scores = found.best(anchor, 8, np.ones(len(IDS), np.bool_))

    assert ((scores >= 0) & (scores <= 1)).all()
    assert anchor not in rows
    assert found.scores(anchor, rows).tolist() == scores.tolist()
    chances = found.chances(anchor)[rows]
    assert (np.diff(chances) <= 0).all()


@given(st.permutations(["ae", "af", "bg", "ceh", "d"]))
def test_the_order_in_which_orders_come_changes_nothing(orders: list[str]) -> None:
    assert fitted(orders).chances(0) == pytest.approx(fitted(sorted(orders)).chances(0))


def test_a_thousand_anchors_of_a_large_store_take_seconds() -> None:
    book, catalog = large(products=10_000, orders=200_000)
    began = time.perf_counter()

    found = Complements.fit(book, catalog, 200_000)
    for anchor in range(0, 10_000, 100):
        found.best(anchor, 10, catalog.family != catalog.family[anchor])

    assert time.perf_counter() - began < 5  # a tenth of the anchors; 0.4 s on one core


def large(products: int, orders: int) -> tuple[OrderBook, Catalog]:
    generator = np.random.default_rng(1)
    order = np.repeat(np.arange(orders), 5)
    bought = (products * generator.random(len(order)) ** 2.5).astype(np.int64)
    order, bought = np.divmod(np.unique(order * products + bought), products)
    unknown = np.full(products, np.nan)
    names = tuple(f"{row:05}" for row in range(products))
    zeros = np.zeros(products, np.int32)
    catalog = Catalog(
        product_ids=names,
        names=names,
        categories=tuple(f"{number:02}" for number in range(100)),
        category=np.arange(products, dtype=np.int32) % 100,
        currencies=("",),
        currency=zeros,
        prices=unknown,
        costs=unknown,
        stock=unknown,
        launched_ms=unknown,
        family=np.arange(products, dtype=np.int32) // 4,
        subscribable=np.zeros(products, np.bool_),
        vectors=np.empty((products, 0), np.float32),
    )
    book = OrderBook(
        product_ids=names,
        order_ids=tuple(f"{number:06}" for number in range(orders)),
        placed_ms=np.arange(orders, dtype=np.int64),
        currencies=("",),
        order_currency=np.zeros(orders, np.int32),
        starts=np.concatenate([[0], np.cumsum(np.bincount(order, minlength=orders))]),
        products=bought.astype(np.int32),
        quantities=np.ones(len(bought)),
        amounts=np.full(len(bought), np.nan),
    )
    return book, catalog
