"""What no bundle may be, told anew from the table of formulas: the engine's own checks are not used."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean
from typing import Final, Self

import numpy as np

from bundling.gates import Offer  # what is judged, never how
from bundling.shop import Shop
from contracts.product import Product

CENT: Final = 1e-6
COLD: Final = {"semantic_price_banded", "category_diversity", "high_margin_curation"}


@dataclass(frozen=True, slots=True)
class Claim:
    """A bundle as a buyer and the store see it."""

    product_ids: tuple[str, ...]
    kind: str
    method: str
    price: float
    tiers: tuple[float, ...] = ()
    together: int = 0
    lift_low: float = 0.0

    @classmethod
    def of(cls, offer: Offer, shop: Shop) -> Self:
        candidate, seen = offer.candidate, offer.candidate.evidence
        return cls(
            tuple(shop.catalog.product_ids[row] for row in candidate.rows),
            candidate.kind,
            candidate.method,
            offer.price.price,
            tuple(tier.discount for tier in offer.price.tiers),
            seen.together,
            seen.lift_low,
        )


@dataclass(frozen=True, slots=True)
class Texts:
    """Vectors by product, and orders by the day of the run: by these two categories go together."""

    vectors: dict[str, tuple[float, ...]]
    orders: Sequence[frozenset[str]]

    def compatible(self, one: str, other: str, products: dict[str, Product]) -> bool:
        if one == other:
            return True
        of = {name: {key for key, said in products.items() if said.category == name} for name in (one, other)}
        both = sum(bool(order & of[one]) and bool(order & of[other]) for order in self.orders)
        each = [sum(bool(order & of[name]) for order in self.orders) for name in (one, other)]
        if both >= 3 and both * len(self.orders) >= each[0] * each[1]:
            return True
        usual = fmean(self._cosine(a, b) for a, b in combinations(sorted(products), 2))
        return fmean(self._cosine(a, b) for a in of[one] for b in of[other]) >= usual - 1e-4

    def _cosine(self, one: str, other: str) -> float:
        return float(np.dot(self.vectors[one], self.vectors[other]))


def violations(claim: Claim, catalog_products: Sequence[Product], texts: Texts | None = None) -> list[str]:
    """The gates that it breaks, in their order. Without texts categories are not judged."""
    known = {one.item_id: one for one in catalog_products}
    held = [known[product_id] for product_id in claim.product_ids]
    return [*_of_products(held), *_of_prices(claim, held), *_of_kinds(claim, held, known, texts)]


def _of_products(held: Sequence[Product]) -> Iterator[str]:
    same = [one.variant_of or f"only {one.item_id}" for one in held]
    if len(set(same)) < len(same):
        yield "duplicate_variants"
    if len({one.currency for one in held}) > 1:
        yield "mixed_currencies"
    if not all(one.price for one in held):
        yield "unknown_price"
    if any(one.inventory is not None and one.inventory <= 0 for one in held):
        yield "out_of_stock"


def _of_prices(claim: Claim, held: Sequence[Product]) -> Iterator[str]:
    prices = [one.price or 0.0 for one in held]
    full = sum(prices)
    known = [(one.price or 0.0, one.cost) for one in held if one.cost is not None]
    paid = sum(price for price, _ in known) * claim.price / full if full else 0.0
    floor = 0.20 if claim.method in COLD else 0.15
    if known and paid - sum(cost for _, cost in known) < (floor - CENT) * paid:
        yield "margin_too_low"
    if claim.method == "association_rules" and (claim.together < 3 or claim.lift_low <= 1):
        yield "low_support"
    if not _sane(claim, prices):
        yield "invalid_pricing"


def _sane(claim: Claim, prices: Sequence[float]) -> bool:
    near = claim.method not in COLD or all(0.5 - CENT <= one / prices[0] <= 2 + CENT for one in prices)
    between = max(prices) < claim.price <= sum(prices) * (1 + 1e-9)
    return near and between and list(claim.tiers) == sorted(claim.tiers)


def _of_kinds(
    claim: Claim, held: Sequence[Product], known: dict[str, Product], texts: Texts | None
) -> Iterator[str]:
    if claim.kind == "MIX_MATCH" or texts is None:
        return
    categories = [one.category for one in held if one.category]
    if not all(texts.compatible(one, other, known) for one, other in combinations(categories, 2)):
        yield "incompatible_categories"
