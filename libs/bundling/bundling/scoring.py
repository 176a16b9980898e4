"""One score of texts, orders and business, by how much the orders of the category say."""

import math
from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np

from bundling.bundle import Candidate
from bundling.orders import Whole
from bundling.shop import Shop

TEXTS_LEAD: Final = 0.6  # alpha of a category without orders
MIDPOINT: Final = 300  # orders at which alpha is half of that
STEEPNESS: Final = 0.01
ALPHA_AND_BETA: Final = 0.8
GAMMA: Final = 0.2
FLAT: Final = 700.0  # beyond this exponent a float overflows, and alpha is what it will ever be


@dataclass(frozen=True, slots=True)
class Weights:
    alpha: float
    beta: float
    gamma: float = GAMMA


@dataclass(frozen=True, slots=True)
class Maturity:
    """Orders of the store, and those that hold each category."""

    orders: int
    by_category: Whole = field(repr=False)

    @classmethod
    def of(cls, shop: Shop) -> Self:
        return cls(shop.book.orders, np.asarray(shop.orders_of_categories().sum(axis=0), np.int64))

    def orders_of(self, category: int) -> int:
        """Of the store as a whole, where a product has no category."""
        return int(self.by_category[category]) if category >= 0 else self.orders


def weights(orders: float) -> Weights:
    exponent = min(FLAT, max(-FLAT, STEEPNESS * (orders - MIDPOINT)))
    alpha = TEXTS_LEAD / (1 + math.exp(exponent))
    return Weights(alpha, ALPHA_AND_BETA - alpha)


def hybrid(candidate: Candidate, by: Weights) -> float:
    score = by.alpha * candidate.semantic + by.beta * candidate.data + by.gamma * candidate.business
    return min(1.0, max(0.0, score))
