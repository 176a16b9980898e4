"""Bundles of small and large stores: seconds and memory, within one process for each.

    python -m bench.bundles                 a thousand orders, and a million order lines over 10,000 products
    python -m bench.bundles --only large

What a bundler does after its input is frozen: orders to a book, plan, pairs, exploration, gates, choice.
Orders and vectors are made up beforehand; reading them from Postgres and S3 is not in it.
"""

import argparse
import multiprocessing
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

SMALL, LARGE = (140, 1_000, 2), (10_000, 200_000, 8)  # products, orders, lines of an order
LIMITS = {"small": (2.0, 2.0), "large": (12.0, 2.0)}  # seconds, GB


@dataclass(frozen=True, slots=True)
class Measured:
    lines: int
    seconds: float
    steps: tuple[tuple[str, float], ...]
    bundles: int
    peak_gb: float


def measure(name: str) -> Measured:
    from bundling.budget import FIRST_COST_MS, combos, objectives_within  # noqa: PLC0415
    from bundling.catalog import Catalog  # noqa: PLC0415
    from bundling.choosing import Wish, choose  # noqa: PLC0415
    from bundling.deadline import Deadline  # noqa: PLC0415
    from bundling.generating import Work, combined, explore  # noqa: PLC0415
    from bundling.mining import Baskets, count_pairs  # noqa: PLC0415 - in the child alone
    from bundling.objectives import score_objectives  # noqa: PLC0415
    from bundling.orders import OrderBook, Sale  # noqa: PLC0415
    from bundling.shop import Shop  # noqa: PLC0415
    from cli.demo_shop import demo_products  # noqa: PLC0415

    count, orders, size = SMALL if name == "small" else LARGE
    products = demo_products(count)
    vectors = np.random.default_rng(3).normal(size=(count, 384)).astype(np.float32)
    catalog = Catalog.of(products, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    sales = list(made_up(catalog.product_ids, orders, size))
    steps: list[tuple[str, float]] = []
    began = time.monotonic()

    def step(words: str) -> None:
        steps.append((words, time.monotonic() - began - sum(seconds for _, seconds in steps)))

    book = OrderBook.of(Sale(*sale) for sale in sales)
    step("order book")
    shop = Shop.of(catalog, book, int(book.placed_ms[-1]))
    wanted = [one.objective for one in score_objectives(shop)][: objectives_within(12_000, FIRST_COST_MS)]
    step("plan")
    pairs = count_pairs(Baskets.of(shop.book))
    step("pairs")
    work = Work(shop, pairs, combos(wanted), None, 0.05)
    explored = combined(list(explore(work, Deadline().within(12))), 0.0)
    step("exploration")
    choice = choose(shop, explored.candidates, Wish(10, 0.7))
    step("choice")
    seconds = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return Measured(book.lines, seconds, tuple(steps), len(choice.chosen), peak)


def made_up(
    product_ids: tuple[str, ...], orders: int, size: int
) -> Iterator[tuple[str, int, str, list[tuple[str, float, float]]]]:
    chance = np.random.default_rng(5)
    weights = 1 / np.arange(1, len(product_ids) + 1) ** 0.7
    drawn = chance.choice(len(product_ids), (orders, size), p=weights / weights.sum())
    for number, rows in enumerate(drawn.tolist()):
        lines = [(product_ids[row], 1.0, 10.0) for row in {*rows, (rows[0] * 7 + 1) % len(product_ids)}]
        yield f"o{number}", 1_700_000_000_000 + number * 60_000, "EUR", lines


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=LIMITS)
    chosen = parser.parse_args().only
    context = multiprocessing.get_context("spawn")
    for name in [chosen] if chosen else LIMITS:
        with context.Pool(1) as pool:
            found = pool.apply(measure, (name,))
        seconds, gigabytes = LIMITS[name]
        told = ", ".join(f"{words} {took:.1f} s" for words, took in found.steps)
        print(
            f"{name}: {found.lines} order lines, {found.bundles} bundles in {found.seconds:.1f} s"
            f" (limit {seconds:g}), peak {found.peak_gb:.2f} GB (limit {gigabytes:g}): {told}"
        )


if __name__ == "__main__":
    main()
