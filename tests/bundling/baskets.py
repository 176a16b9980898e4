"""Stores of which it is known what goes together in them: nothing, or what was planted."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bundling.mining import Baskets
from bundling.orders import Index, OrderBook, Sale, Whole

Order = AbstractSet[int]

TOGETHER: Final = 20  # orders that hold both of a planted pair
PLANTED: Final = 10  # pairs


def baskets_of(orders: Iterable[Order], products: int) -> Baskets:
    """Orders without products are kept."""
    names = [f"{row:05}" for row in range(products)]
    gone = ("gone", 1.0, 1.0)
    sales = [
        Sale(f"{number:06}", number, "", [gone, *((names[row], 1.0, 1.0) for row in order)])
        for number, order in enumerate(orders)
    ]
    return Baskets.of(OrderBook.of(sales).renumbered(names))


def drawn(products: int, orders: int, seed: int) -> Baskets:
    """Most orders are small, few products sell often; what meets meets by chance."""
    chance = np.random.default_rng(seed)
    sizes = 1 + chance.geometric(0.4, orders)
    return _baskets(sizes, chance.choice(products, sizes.sum(), p=_popular(products)), products)


def shuffled(baskets: Baskets, seed: int) -> Baskets:
    """The same products as often, in orders of the same sizes but for what met itself."""
    return _baskets(baskets.sizes, np.random.default_rng(seed).permutation(baskets.rows), baskets.products)


def wholesale(products: int, orders: int, seed: int, *, most: int) -> Baskets:
    """Orders of one line up to this many."""
    chance = np.random.default_rng(seed)
    sizes = chance.integers(1, most + 1, orders)
    return _baskets(sizes, chance.choice(products, sizes.sum(), p=_popular(products)), products)


@dataclass(frozen=True, slots=True)
class Planted:
    baskets: Baskets
    pairs: Sequence[tuple[int, int]]


def planted(products: int, orders: int, seed: int, alone: int) -> Planted:
    """Each product of a planted pair is also sold so often without the other; the rest meets by chance."""
    chance = np.random.default_rng(seed)
    pairs = [(2 * number, 2 * number + 1) for number in range(PLANTED)]
    bought: list[set[int]] = [set() for _ in range(orders)]
    sizes = 1 + chance.geometric(0.4, orders)
    for left, right in pairs:
        # A large order holds any product sooner than a small one.
        places = chance.choice(orders, TOGETHER + 2 * alone, replace=False, p=sizes / sizes.sum()).tolist()
        for place in places[: TOGETHER + alone]:
            bought[place].add(left)
        for place in (*places[:TOGETHER], *places[TOGETHER + alone :]):
            bought[place].add(right)
    others = products - 2 * PLANTED
    for order, size in zip(bought, sizes.tolist(), strict=True):
        more = chance.choice(others, max(0, size - len(order)), p=_popular(others))
        order.update((more + 2 * PLANTED).tolist())
    return Planted(baskets_of(bought, products), pairs)


def _popular(products: int) -> NDArray[np.float64]:
    weights = np.power(np.arange(1, products + 1, dtype=np.float64), -0.7)
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares


def _baskets(sizes: Whole, rows: Index | Whole, products: int) -> Baskets:
    """Of one product twice in an order one stays."""
    order, row = np.divmod(np.unique(np.repeat(np.arange(len(sizes)), sizes) * products + rows), products)
    counts = np.bincount(order, minlength=len(sizes))
    starts = np.concatenate([[0], np.cumsum(counts)])
    return Baskets(products, starts, row.astype(np.int32), int((counts * (counts - 1) // 2).sum()))
