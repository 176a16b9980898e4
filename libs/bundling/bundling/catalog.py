"""What a store offers, in columns, a row for each product."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from contracts.product import Product

Real = NDArray[np.float64]
Index = NDArray[np.int32]
Flags = NDArray[np.bool_]
Vectors = NDArray[np.float32]

SUBSCRIPTION_TAGS = frozenset({"subscription", "subscribe", "subscribe & save", "subscribe-and-save"})


@dataclass(frozen=True, slots=True)
class Catalog:
    """Rows are sorted by product id. What is not known is nan, never zero."""

    product_ids: tuple[str, ...]
    names: tuple[str, ...]
    categories: tuple[str, ...]  # distinct, sorted
    category: Index  # of each product, into `categories`; -1: it has none
    currencies: tuple[str, ...]  # distinct, sorted; "" where none is said
    currency: Index
    prices: Real
    costs: Real
    stock: Real  # nan: not counted, so it is taken to be there
    launched_ms: Real
    family: Index  # variants of one product share a number
    subscribable: Flags
    vectors: Vectors  # of length 1

    @property
    def size(self) -> int:
        return len(self.product_ids)

    @property
    def margins(self) -> Real:
        """Share of the price that is kept; nan where price or cost is not known."""
        with np.errstate(divide="ignore", invalid="ignore"):
            margins = (self.prices - self.costs) / self.prices
        return np.where(self.prices > 0, margins, np.nan)

    @property
    def in_stock(self) -> Flags:
        return np.isnan(self.stock) | (self.stock > 0)

    @property
    def usable(self) -> Flags:
        """Can be sold in a bundle: it has a price and is there."""
        return (self.prices > 0) & self.in_stock

    @classmethod
    def of(cls, products: Sequence[Product], vectors: Vectors) -> Self:
        """`vectors` in the order of `products`; rows are sorted here."""
        order = sorted(range(len(products)), key=lambda row: products[row].item_id)
        rows = [products[row] for row in order]
        categories, category = _coded([product.category for product in rows])
        currencies, currency = _coded([product.currency or "" for product in rows])
        _, family = _coded([_family(product) for product in rows])
        return cls(
            product_ids=tuple(product.item_id for product in rows),
            names=tuple(product.name for product in rows),
            categories=categories,
            category=category,
            currencies=currencies,
            currency=currency,
            prices=_reals([product.price for product in rows]),
            costs=_reals([product.cost for product in rows]),
            stock=_reals([product.inventory for product in rows]),
            launched_ms=_reals(
                [product.launched_at.timestamp() * 1000 if product.launched_at else None for product in rows]
            ),
            family=family,
            subscribable=np.array([_subscribable(product) for product in rows], np.bool_),
            vectors=vectors[order] if rows else vectors,
        )


def _family(product: Product) -> str:
    """One namespace for families and products without one: neither may be taken for the other."""
    return f"family {product.variant_of}" if product.variant_of else f"product {product.item_id}"


def _subscribable(product: Product) -> bool:
    return any(feature.lower() in SUBSCRIPTION_TAGS for feature in product.features)


def _coded(values: Sequence[str | None]) -> tuple[tuple[str, ...], Index]:
    distinct = tuple(sorted({value for value in values if value is not None}))
    code = {value: number for number, value in enumerate(distinct)}
    numbers = [code[value] if value is not None else -1 for value in values]
    return distinct, np.array(numbers, np.int32)


def _reals(values: Sequence[float | None]) -> Real:
    return np.array([np.nan if value is None else value for value in values], np.float64)
