"""What is offered beside a product, against counting pairs and against best sellers, on real orders.

    python bench/complements.py [--seeds 20] [--within]

The newest fifth of the orders is kept back. --within does the same inside the first four fifths, where
constants may be chosen. Needs ../shared/data or ASSORT_DATA.
"""

import argparse
import resource
import sys
import time
from pathlib import Path

from bundling.evaluation import Evaluation, Interval, evaluate, hold_out

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests lie beside; they are not installed
from tests.bundling.stores import adventure_works, foodmart


def table(found: Evaluation) -> str:
    head = f"{'':12}" + "".join(
        f"{name:>10}" for name in ("hit rate", "NDCG", "coverage", "diverse", "novel")
    )
    rows = [
        f"{one.recommender:12}"
        + "".join(
            f"{value:10.4f}" for value in (one.hit_rate, one.ndcg, one.coverage, one.diversity, one.novelty)
        )
        for one in found.results
    ]
    gains = [
        f"over {one.over}: hit rate {_bounds(one.hit_rate)}, NDCG {_bounds(one.ndcg)}" for one in found.gains
    ]
    return "\n".join([head, *rows, *gains])


def _bounds(gain: Interval) -> str:
    return f"{gain.mean:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--within", action="store_true")
    wanted = parser.parse_args()
    for read in (adventure_works, foodmart):
        store = read()
        began = time.perf_counter()
        book = hold_out(store.book).train if wanted.within else store.book
        found = evaluate(book, store.catalog, seeds=range(wanted.seeds))
        print(f"\n{store.name}: {found.trained_on} orders before, {found.tested_on} after, @{found.k}")
        print(table(found))
        print(f"{time.perf_counter() - began:.1f} s")
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
