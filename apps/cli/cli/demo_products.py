"""Made-up products of a shop for lamps and switches: the same number, the same product."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

SEED: Final = 20_260
CATEGORY: Final = "Lighting"
BRANDS: Final = ("Halden", "Lumora", "Voltline", "Casa Clara", "Nordlys", "Brightway")
OUT_OF_SCOPE: Final = "out_of_scope"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Products that a shopper would compare with each other."""

    label: str
    nouns: Sequence[str]
    kinds: Sequence[str]
    features: Sequence[str]
    prices: tuple[int, int]


SHELVES: Final = (
    Shelf(
        "Dimmer switches",
        ("dimmer switch", "rotary dimmer"),
        ("single pole", "three-way", "slide", "touch"),
        ("dims LED lamps", "up to 600 W", "trailing edge", "wall plate included"),
        (15, 60),
    ),
    Shelf(
        "Smart switches",
        ("smart switch", "Wi-Fi light switch"),
        ("single pole", "three-way", "no neutral"),
        ("works with voice assistants", "app control", "schedules", "no hub"),
        (20, 70),
    ),
    Shelf(
        "Smart bulbs",
        ("smart bulb", "colour bulb"),
        ("E26", "E27", "GU10", "candle"),
        ("16 million colours", "app control", "tunable white", "no hub"),
        (8, 40),
    ),
    Shelf(
        "LED bulbs",
        ("LED bulb", "filament bulb"),
        ("E26 60 W", "E14 40 W", "GU10 spot", "globe"),
        ("warm white", "15,000 hours", "not dimmable", "clear glass"),
        (2, 12),
    ),
    Shelf(
        "Table lamps",
        ("table lamp", "bedside lamp"),
        ("linen shade", "brass", "ceramic", "mushroom"),
        ("fabric cord", "in-line switch", "for living rooms", "warm light"),
        (25, 160),
    ),
    Shelf(
        "Floor lamps",
        ("floor lamp", "arc lamp"),
        ("tripod", "torchiere", "reading", "paper shade"),
        ("foot switch", "weighted base", "for reading corners", "150 cm"),
        (45, 320),
    ),
    Shelf(
        "Ceiling lights",
        ("ceiling light", "flush mount"),
        ("round 30 cm", "square", "bathroom", "opal glass"),
        ("for hallways", "easy to mount", "IP44", "even light"),
        (20, 180),
    ),
    Shelf(
        "Pendants",
        ("pendant lamp", "hanging lamp"),
        ("rattan", "glass dome", "cluster of three", "metal"),
        ("adjustable cord", "over the dining table", "canopy included", "hand made"),
        (35, 400),
    ),
    Shelf(
        "Outdoor lights",
        ("outdoor wall light", "path light"),
        ("solar", "with motion sensor", "bollard"),
        ("IP65", "dusk to dawn", "for gardens and paths", "stainless steel"),
        (12, 120),
    ),
    Shelf(
        "Light strips",
        ("LED strip", "neon rope light"),
        ("5 m", "10 m", "for cabinets", "behind the television"),
        ("can be cut", "self-adhesive", "remote control", "colour changing"),
        (10, 70),
    ),
    Shelf(
        "Motion sensors",
        ("motion sensor", "occupancy sensor"),
        ("wall mount", "ceiling mount", "battery"),
        ("180 degrees", "time setting", "turns lights on and off", "daylight threshold"),
        (12, 60),
    ),
    Shelf(
        OUT_OF_SCOPE,
        ("garden hose", "cordless drill", "bath towel", "frying pan"),
        ("blue", "large", "classic"),
        ("for the whole family", "two years of warranty"),
        (9, 90),
    ),
)


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """A product as a catalog would send it, and the label that nobody but a test looks at."""

    product: Mapping[str, Any]
    label: str


def generate_products(count: int) -> list[DemoProduct]:
    return list(_made(count))


def _made(count: int) -> Iterator[DemoProduct]:
    chance = random.Random(SEED)  # noqa: S311 - no secret
    for number in range(count):
        # One in forty is something else altogether.
        shelf = SHELVES[-1] if number % 40 == 39 else chance.choice(SHELVES[:-1])  # noqa: PLR2004 - as said
        yield DemoProduct(_product(chance, number, shelf), shelf.label)


def _product(chance: random.Random, number: int, shelf: Shelf) -> dict[str, Any]:
    noun, kind, brand = chance.choice(shelf.nouns), chance.choice(shelf.kinds), chance.choice(BRANDS)
    features = sorted(chance.sample(shelf.features, 2))
    return {
        "product_id": 1000 + number if number % 5 else f"LS-{1000 + number}",
        "name": f"{brand} {noun}, {kind}, no. {number}",
        "brand": brand,
        "features": features,
        "description": f"{noun.capitalize()}, {kind}: {features[0]}, {features[1]}.",
        "price": float(chance.randint(*shelf.prices)) - 0.05,
        "currency": "USD",
    }
