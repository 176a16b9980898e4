"""The frozen products of a run, and how a question shows them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

from clustering import FrozenItems, frozen_items
from contracts.product import Product

LONGEST_DESCRIPTION: Final = 1500
MOST_FEATURES: Final = 20
MOST_ATTRIBUTES: Final = 20
LONGEST_VALUE: Final = 200
CHARACTERS_PER_TOKEN: Final = 3.5


@dataclass(frozen=True, slots=True)
class Catalog:
    """In the order of the item ids."""

    items: FrozenItems
    products: tuple[Product, ...]

    @property
    def item_ids(self) -> tuple[str, ...]:
        return self.items.item_ids

    def lines(self, rows: Sequence[int]) -> bytes:
        return lines_of(self.items.bodies[row] for row in rows)


def catalog_of(shards: Iterable[tuple[bytes, bytes]]) -> Catalog:
    items = frozen_items(shards, name_of)
    return Catalog(items, tuple(map(Product.read, items.bodies)))


def name_of(body: bytes) -> str:
    return str(json.loads(body)["product_id"])


def lines_of(bodies: Iterable[bytes]) -> bytes:
    return b"".join(body + b"\n" for body in bodies)


def products_of(lines: bytes) -> list[Product]:
    return [Product.read(line) for line in lines.splitlines()]


def shown(product: Product, called: str) -> dict[str, Any]:
    """What a question says about a product: bounded, and without what is not known."""
    said = {
        "id": called,
        "name": product.name[:LONGEST_VALUE],
        "brand": product.brand,
        "category": product.category,
        "description": product.description and product.description[:LONGEST_DESCRIPTION],
        "features": [feature[:LONGEST_VALUE] for feature in product.features[:MOST_FEATURES]],
        "attributes": {
            name: value[:LONGEST_VALUE]
            for name, value in sorted(product.attributes.items())[:MOST_ATTRIBUTES]
        },
        "price": product.price,
    }
    return {name: value for name, value in said.items() if value not in (None, [], {})}


def tokens_of(value: Any) -> int:
    """About as many as a model counts."""
    return ceil(len(json.dumps(value, ensure_ascii=False)) / CHARACTERS_PER_TOKEN)


def weights(products: Sequence[Product]) -> list[float]:
    return [float(tokens_of(shown(product, "P_00"))) for product in products]
