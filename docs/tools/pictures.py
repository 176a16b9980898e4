"""Write or check the pictures of explanations, from code: python -m docs.tools.pictures [--check]."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from bundler.adapters.orders import book_of
from bundler.domain.beginning import begun_plan
from bundling.budget import Combo
from bundling.catalog import Catalog
from bundling.choosing import Chosen, Wish, choose
from bundling.deadline import Deadline
from bundling.generating import Work, combined, explore
from bundling.mining import Baskets, count_pairs
from bundling.scoring import GAMMA, weights
from bundling.shop import Shop
from cli.demo_shop import demo_orders, demo_products
from contracts.bundling import BundleSettings
from contracts.tools.generated import Generated, settle, wants_check
from docs.tools.svg import WIDTH, Point, Tone, bar, curve, line, picture, words
from encoder import HashEncoder

COMMAND = "docs.tools.pictures"
FOLDER = Path(__file__).parents[1] / "explanation" / "pictures"

PRODUCTS, ORDERS = 140, 3000  # as in `assort demo --orders 3000`
MOST_ORDERS, STEP = 1000, 10  # of the curves
LEFT, TOP, ROW, BAR = 60, 40, 34, 18
LONGEST_NAME = 52  # letters that fit left of the bars
NAMED: Final = 372  # where bars begin, right of the names
PARTS: Final[tuple[tuple[Tone, str], ...]] = (
    ("texts", "alpha x texts"),
    ("orders", "beta x orders"),
    ("aim", "gamma x objective"),
)


def weights_by_orders() -> str:
    """How much texts, orders and the objective count, by the orders of a category."""
    bottom, right = 260.0, WIDTH - 150.0

    def at(orders: float, weight: float) -> Point:
        return LEFT + (right - LEFT) * orders / MOST_ORDERS, bottom - (bottom - TOP) * weight

    steps = range(0, MOST_ORDERS + 1, STEP)
    curves: Mapping[Tone, tuple[str, Sequence[float]]] = {
        "texts": ("alpha: texts", [weights(orders).alpha for orders in steps]),
        "orders": ("beta: orders", [weights(orders).beta for orders in steps]),
        "aim": ("gamma: objective", [GAMMA for _ in steps]),
    }
    parts = [*_grid(at)]
    for tone, (name, values) in curves.items():
        parts.append(curve(tone, [at(orders, value) for orders, value in zip(steps, values, strict=True)]))
        x, y = at(MOST_ORDERS, values[-1])
        parts.append(words(name, (x + 8, y + 4)))
    return picture("Weights of a bundle's score by the orders of its category", 310, parts)


def scores_of_bundles() -> str:
    """The parts of the score of each bundle of the made-up shop."""
    shop, chosen = made_up()
    bottom, full = TOP + ROW * len(chosen), WIDTH - NAMED - 60.0
    parts = [*_legend()]
    for place in range(0, 101, 20):
        x = NAMED + full * place / 100
        parts += [
            line((x, TOP), (x, bottom)),
            words(f"{place / 100:.1f}", (x, bottom + 18), "middle", quiet=True),
        ]
    for number, one in enumerate(chosen):
        parts += _row(shop, one, TOP + ROW * number, full)
    return picture("Parts of the scores of the bundles of a made-up shop", bottom + 34, parts)


def made_up() -> tuple[Shop, Sequence[Chosen]]:
    """Without a deadline, or the picture would depend on the machine."""
    products = demo_products(PRODUCTS)
    vectors = HashEncoder().encode([f"{one.name} {one.category or ''}" for one in products])
    book, settings = book_of(demo_orders(products, ORDERS)), BundleSettings()
    shop = Shop.of(Catalog.of(products, vectors), book, int(book.placed_ms[-1]))
    combos = tuple(Combo(one.objective, one.type) for one in begun_plan(shop, settings, None).combos)
    pairs = count_pairs(Baskets.of(shop.book, cap=settings.basket_cap))
    work = Work(shop, pairs, combos, settings.basket_cap, settings.trust)
    found = combined(list(explore(work, Deadline())), 0.0)
    return shop, choose(shop, found.candidates, Wish(settings.bundles, settings.mmr_lambda)).chosen


def _grid(at: Callable[[float, float], Point]) -> Iterator[str]:
    for percent in range(0, 101, 20):
        left, right = at(0, percent / 100), at(MOST_ORDERS, percent / 100)
        yield line(left, right)
        yield words(f"{percent / 100:.1f}", (left[0] - 10, left[1] + 4), "end", quiet=True)
    for orders in range(0, MOST_ORDERS + 1, 200):
        x, y = at(orders, 0)
        yield words(str(orders), (x, y + 18), "middle", quiet=True)
    x, y = at(MOST_ORDERS / 2, 0)
    yield words(
        "orders that hold the category of the bundle's first product", (x, y + 38), "middle", quiet=True
    )


def _legend() -> Iterator[str]:
    for number, (tone, name) in enumerate(PARTS):
        x = NAMED + 125.0 * number
        yield bar(tone, (x, 12), 12, 12)
        yield words(name, (x + 17, 23))


def _row(shop: Shop, one: Chosen, top: float, full: float) -> Iterator[str]:
    candidate, by = one.offer.candidate, one.weights
    categories = [shop.catalog.categories[shop.catalog.category[row]] for row in candidate.rows]
    yield words(" + ".join(categories)[:LONGEST_NAME], (12, top + 14))
    yield words(f"{candidate.kind}, {candidate.objective}", (12, top + 29), quiet=True)
    shares = (by.alpha * candidate.semantic, by.beta * candidate.data, by.gamma * candidate.business)
    x = float(NAMED)
    for (tone, _), share in zip(PARTS, shares, strict=True):
        yield bar(tone, (x, top + 6), share * full, BAR)
        x += share * full
    yield words(f"{one.hybrid:.2f}", (x + 6, top + 20))


PICTURES: Mapping[str, Callable[[], str]] = {
    "weights.svg": weights_by_orders,
    "scores.svg": scores_of_bundles,
}


def pictures() -> list[Generated]:
    return [Generated(FOLDER / name, draw()) for name, draw in PICTURES.items()]


def main(arguments: list[str]) -> int:
    check = wants_check(arguments, __doc__)
    return settle(pictures(), check=check, command=COMMAND)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
