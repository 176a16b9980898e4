"""Small shops, made to order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
from hypothesis import strategies as st

from bundling.budget import TYPES, combos
from bundling.bundle import Candidate
from bundling.candidates.finding import candidates
from bundling.candidates.knowledge import Knowledge
from bundling.catalog import Catalog, Vectors
from bundling.complements import Complements
from bundling.deadline import Deadline
from bundling.likeness import Likeness
from bundling.mining import Baskets, associations, count_pairs
from bundling.orders import OrderBook, Sale
from bundling.shop import Shop
from contracts.product import Product

NOW: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
NOW_MS: Final = int(NOW.timestamp() * 1000)
DAY_MS: Final = 86_400_000
WIDTH: Final = 4  # of vectors


@dataclass(frozen=True, slots=True)
class Bought:
    """What was in one order; a negative age lies ahead."""

    product_ids: tuple[str, ...]
    days_ago: float = 1.0
    quantity: float = 1.0


def bought(*product_ids: str, times: int = 1, days_ago: float = 1.0, quantity: float = 1.0) -> list[Bought]:
    return [Bought(product_ids, days_ago, quantity)] * times


def product(product_id: str, **said: Any) -> Product:
    said = {"name": f"thing {product_id}", "price": 20.0, "currency": "EUR"} | said
    return Product(product_id=product_id, **said)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def book(orders: Iterable[Bought]) -> OrderBook:
    return OrderBook.of(
        Sale(
            f"order {number}",
            NOW_MS - round(one.days_ago * DAY_MS),
            "EUR",
            [(product_id, one.quantity, float("nan")) for product_id in one.product_ids],
        )
        for number, one in enumerate(orders)
    )


def shop(
    products: Sequence[Product], orders: Iterable[Bought] = (), vectors: Sequence[Sequence[float]] = ()
) -> Shop:
    """`vectors` in the order of the products; without any, texts say nothing."""
    told = unit(vectors) if len(vectors) else np.empty((len(products), 0), np.float32)
    return Shop.of(Catalog.of(products, told), book(orders), NOW_MS)


def unit(vectors: Sequence[Sequence[float]]) -> Vectors:
    raw = np.asarray(vectors, np.float64)
    return np.asarray(raw / np.linalg.norm(raw, axis=1, keepdims=True), np.float32)


def row(of: Shop, product_id: str) -> int:
    return of.catalog.product_ids.index(product_id)


@dataclass(frozen=True, slots=True)
class Plan:
    """Of a shop, before anything is put in order."""

    products: tuple[Product, ...]
    orders: tuple[Bought, ...]
    vectors: tuple[tuple[float, ...], ...]

    def built(self) -> Shop:
        return shop(self.products, self.orders, self.vectors)

    def shuffled(self, seed: int) -> Shop:
        """Orders keep their names, so that they are the same orders."""
        random = np.random.default_rng(seed)
        places = random.permutation(len(self.products))
        catalog = Catalog.of(
            [self.products[place] for place in places],
            unit([self.vectors[place] for place in places])
            if len(places)
            else np.empty((0, WIDTH), np.float32),
        )
        sales = [
            Sale(f"order {n}", NOW_MS - round(one.days_ago * DAY_MS), "EUR", _lines(one, random))
            for n, one in enumerate(self.orders)
        ]
        return Shop.of(catalog, OrderBook.of([sales[n] for n in random.permutation(len(sales))]), NOW_MS)


def _lines(one: Bought, random: np.random.Generator) -> list[tuple[str, float, float]]:
    lines = [(product_id, one.quantity, float("nan")) for product_id in one.product_ids]
    return [lines[place] for place in random.permutation(len(lines))]


PRICES: Final = st.none() | st.sampled_from([0.0, 0.01, 0.7, 9.99, 19.5, 20.0, 35.0, 1e15])
COSTS: Final = st.none() | st.sampled_from([0.0, 0.005, 0.5, 5.0, 15.0, 17.0, 40.0, 1e15])
STOCK: Final = st.none() | st.sampled_from([0.0, 1.0, 500.0])
LAUNCHES: Final = st.none() | st.sampled_from([ago(400), ago(91), ago(90), ago(30), ago(3), ago(-20)])


@st.composite
def plans(draw: st.DrawFn, *, most: int = 14, orders: int = 16, largest: int = 30) -> Plan:
    """Any shop: nothing in it need be known, sold, in stock or on sale."""
    count = draw(st.integers(0, most))
    made = [draw(_products(number)) for number in range(count)]
    some = st.lists(st.sampled_from([f"p{n:02}" for n in range(most + 2)]), max_size=largest)
    ages = st.sampled_from([-40.0, -1.0, 0.0, 2.0, 29.0, 31.0, 89.0, 91.0, 700.0])
    sold = draw(
        st.lists(st.builds(Bought, some.map(tuple), ages, st.sampled_from([1.0, 48.0])), max_size=orders)
    )
    numbers = st.lists(st.integers(-3, 3), min_size=WIDTH - 1, max_size=WIDTH - 1)
    vectors = [(1.0, *map(float, draw(numbers))) for _ in made]
    return Plan(tuple(made), tuple(sold), tuple(vectors))


@st.composite
def _products(draw: st.DrawFn, number: int) -> Product:
    return product(
        f"p{number:02}",
        price=draw(PRICES),
        cost=draw(COSTS),
        inventory=draw(STOCK),
        launched_at=draw(LAUNCHES),
        category=draw(st.sampled_from([None, "bags", "shoes", "wine"])),
        currency=draw(st.sampled_from([None, "EUR", "EUR", "EUR", "JPY"])),
        variant_of=draw(st.sampled_from([None, None, None, "model"])),
        features=draw(st.sampled_from([(), (), ("Subscription",)])),
    )


def known(of: Shop, trust: float = 0.05) -> Knowledge:
    baskets = Baskets.of(of.book)
    partners = Complements.fit(of.book, of.catalog, of.as_of_ms)
    return Knowledge(
        partners, associations(count_pairs(baskets), baskets, rate=trust), Likeness.of(of.catalog)
    )


def every_candidate(of: Shop) -> list[Candidate]:
    """Of all objectives and types."""
    knowledge = known(of)
    return [one for combo in combos(tuple(TYPES)) for one in candidates(combo, of, knowledge, Deadline())]
