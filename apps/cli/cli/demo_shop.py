"""A made-up shop of outdoor goods and what it sold: the same numbers and seed, the same shop."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Final

from contracts.order import Order, OrderLine
from contracts.product import Product

SEED: Final = 41_226
CURRENCY: Final = "EUR"
LAST_DAY: Final = datetime(2026, 1, 31, 18, tzinfo=UTC)
DAYS: Final = 180
NEW_SHARE: Final = 0.06  # launched in the last month
SOLD_OUT_SHARE: Final = 0.04
COST_UNKNOWN_SHARE: Final = 0.05
GOES_ALONG: Final = 0.45  # of the orders with a product that has companions: one of these is bought too


@dataclass(frozen=True, slots=True)
class Aisle:
    """Products of one category."""

    category: str
    nouns: Sequence[str]
    prices: tuple[int, int]
    margin: float
    along: Sequence[str]  # categories that are bought with it


KINDS: Final = (
    "trail",
    "alpine",
    "compact",
    "family",
    "ultralight",
    "classic",
    "storm",
    "summer",
    "expedition",
)
MAKERS: Final = ("Fjellheim", "Rocasol", "Tarnwood", "Nordvik", "Pico")
AISLES: Final = (
    Aisle("Tents", ("tent", "shelter", "tarp"), (90, 420), 0.42, ("Sleeping bags", "Tent pegs")),
    Aisle("Sleeping bags", ("sleeping bag", "quilt"), (60, 260), 0.45, ("Sleeping mats",)),
    Aisle("Sleeping mats", ("sleeping mat", "air mattress"), (25, 140), 0.48, ("Repair kits",)),
    Aisle("Tent pegs", ("peg set", "guy line", "mallet"), (6, 24), 0.58, ()),
    Aisle("Stoves", ("gas stove", "wood stove", "alcohol burner"), (30, 150), 0.38, ("Gas", "Cookware")),
    Aisle("Gas", ("gas cartridge", "fuel bottle"), (5, 18), 0.28, ()),
    Aisle("Cookware", ("pot set", "pan", "kettle", "mug"), (12, 80), 0.5, ("Stoves",)),
    Aisle("Backpacks", ("backpack", "daypack"), (50, 240), 0.44, ("Rain covers", "Bottles")),
    Aisle("Rain covers", ("rain cover", "dry bag"), (10, 40), 0.6, ()),
    Aisle("Bottles", ("water bottle", "flask", "water filter"), (10, 70), 0.55, ()),
    Aisle("Head torches", ("head torch", "lantern"), (18, 90), 0.47, ("Batteries",)),
    Aisle("Batteries", ("battery pack", "power bank"), (8, 60), 0.3, ()),
    Aisle("Repair kits", ("repair kit", "patch set"), (6, 22), 0.62, ()),
    Aisle("Socks", ("merino socks", "liner socks"), (9, 30), 0.52, ("Socks",)),
)


def demo_products(count: int, seed: int = SEED) -> list[Product]:
    chance = random.Random(seed)  # noqa: S311 - no secret
    return [_product(number, chance) for number in range(count)]


def demo_orders(products: Sequence[Product], count: int, seed: int = SEED) -> Iterator[Order]:
    """Some products sell often, most seldom; with some of them something of another kind is bought."""
    chance = random.Random(seed + 1)  # noqa: S311 - no secret
    places = chance.sample(range(len(products)), len(products))
    weights = list(accumulate(1.0 / (1 + place) ** 0.7 for place in places))
    companions = _companions(products, chance)
    for number in range(count):
        size = chance.choice((1, 1, 1, 2, 2, 3))
        bought = dict.fromkeys(chance.choices(range(len(products)), cum_weights=weights, k=size))
        for row in list(bought):
            if companions[row] and chance.random() < GOES_ALONG:
                bought[chance.choice(companions[row])] = None
        placed_at = LAST_DAY - timedelta(days=DAYS * (1 - (number + 1) / count))
        lines = tuple(
            OrderLine(product_id=products[row].product_id, quantity=1, unit_price=products[row].price)
            for row in bought
        )
        yield Order(
            order_id=f"S-{number + 1:06}",
            placed_at=placed_at,
            currency=CURRENCY,
            lines=lines,
            visitor=f"v{chance.randrange(max(1, count // 3))}",
        )


def _product(number: int, chance: random.Random) -> Product:
    aisle = AISLES[number % len(AISLES)]
    noun, kind, maker = chance.choice(aisle.nouns), chance.choice(KINDS), chance.choice(MAKERS)
    price = float(chance.randint(*aisle.prices)) + 0.9
    margin = min(0.8, max(0.05, chance.gauss(aisle.margin, 0.08)))
    age = chance.uniform(1, 28) if chance.random() < NEW_SHARE else chance.uniform(60, 900)
    return Product(
        product_id=f"OUT-{1000 + number}",
        name=f"{maker} {kind} {noun} {number}",
        brand=maker,
        category=aisle.category,
        description=f"A {kind} {noun} for {aisle.category.lower()}.",
        price=price,
        currency=CURRENCY,
        cost=None if chance.random() < COST_UNKNOWN_SHARE else round(price * (1 - margin), 2),
        inventory=0.0 if chance.random() < SOLD_OUT_SHARE else float(chance.randint(5, 300)),
        launched_at=LAST_DAY - timedelta(days=age),
    )


def _companions(products: Sequence[Product], chance: random.Random) -> list[list[int]]:
    """Of each product three of the categories that go along with its own."""
    shelves: dict[str, list[int]] = {aisle.category: [] for aisle in AISLES}
    for row, product in enumerate(products):
        shelves[product.category or ""].append(row)
    along: Mapping[str, Sequence[str]] = {aisle.category: aisle.along for aisle in AISLES}
    found = []
    for row, product in enumerate(products):
        fitting = [one for other in along[product.category or ""] for one in shelves[other] if one != row]
        found.append(chance.sample(fitting, min(3, len(fitting))))
    return found
