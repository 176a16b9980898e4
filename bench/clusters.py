"""Every clustering method beside k-means with the true number of groups and the earlier system's rule.

    python bench/clusters.py [--seeds 2] [--large]

Labelled questions (CLINC150, when ../shared/data is there) and the demo deals, whose labels are the cells
they were drawn from. Each line: means over seeds, unbounded groups and clusters of 5 to 25. Stability: the
adjusted Rand index of results from other seeds, and from the same rows in another order. --large adds
10,000 rows on one process and 100,000 on two.
"""

import argparse
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import combinations
from pathlib import Path
from typing import get_args

import numpy as np
from sklearn.mixture import GaussianMixture

from clustering import Vectors, cells, group, unbounded
from contracts.settings import ClusteringMethod, ClusterSettings

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests lie beside; they are not installed
from tests.clustering.scores import Labels, accuracy, information, labelled, outliers, purity, rand
from tests.clustering.texts import CLINC, Labelled, clinc, demo_deals

Clusterer = Callable[[Vectors, int], Labels]
COLUMNS = (("groups", 7), ("ACC", 7), ("NMI", 7), ("ARI", 7), ("purity", 8), ("cover", 7), ("seeds", 7))
HEAD = " " * 28 + "".join(f"{name:>{width}}" for name, width in (*COLUMNS, ("orders", 7), ("s", 6)))


def by_method(method: ClusteringMethod, *, bounded: bool, groups: int | None = None) -> Clusterer:
    def run(vectors: Vectors, seed: int) -> Labels:
        wanted = ClusterSettings(clustering_method=method, seed=seed, n_components=groups)
        if bounded:
            return np.array(group(vectors, wanted).home, np.intp)
        return labelled(unbounded(vectors, wanted).groups, len(vectors))

    return run


def earlier_rule(vectors: Vectors, seed: int) -> Labels:
    """Rows // 25 Gaussians; too large ones are cut in the order of their rows, too small ones dropped."""
    mixture = GaussianMixture(
        max(1, len(vectors) // 25), covariance_type="diag", random_state=seed, max_iter=30
    )
    found = mixture.fit_predict(vectors)
    groups = [np.flatnonzero(found == at) for at in range(mixture.n_components)]
    parts = [rows[start : start + 25] for rows in groups for start in range(0, len(rows), 25)]
    return labelled([part for part in parts if len(part) >= 5], len(vectors))


def agreement(found: Sequence[Labels]) -> float:
    return float(np.mean([rand(one, other) for one, other in combinations(found, 2)] or [1.0]))


def shuffled(run: Clusterer, vectors: Vectors, order: int) -> Labels:
    """Another order of the rows and the same seed, told in the first order."""
    places = np.random.default_rng(order).permutation(len(vectors))
    found = np.empty(len(vectors), np.intp)
    found[places] = run(vectors[places], 7)
    return found


def line(name: str, run: Clusterer, data: Labelled, seeds: int) -> str:
    start = time.perf_counter()
    found = [run(data.vectors, 7 + seed) for seed in range(seeds)]
    seconds = (time.perf_counter() - start) / seeds
    orders = [found[0], *(shuffled(run, data.vectors, order) for order in range(1, seeds))]
    scores = [
        np.mean([score(each, data.labels) for each in found])
        for score in (accuracy, information, rand, purity)
    ]
    cover = np.mean([np.mean(each >= 0) for each in found])
    groups = np.mean([each.max() + 1 for each in found])
    numbers = "".join(f"{score:{width}.3f}" for score, width in zip(scores, (7, 7, 7, 8), strict=True))
    stable = f"{agreement(found):7.3f}{agreement(orders):7.3f}"
    return f"{name:28}{groups:7.0f}{numbers}{cover:7.3f}{stable}{seconds:6.1f}"


def contestants(true_groups: int) -> Iterator[tuple[str, Clusterer]]:
    yield "k-means, true k", by_method("kmeans", bounded=False, groups=true_groups)
    for method in get_args(ClusteringMethod):
        yield method, by_method(method, bounded=False)
    for method in get_args(ClusteringMethod):
        yield f"{method}, 5..25", by_method(method, bounded=True)
    yield "earlier rule, 5..25", earlier_rule


def compare(title: str, data: Labelled, seeds: int) -> None:
    print(f"\n{title}: {len(data.labels)} rows, {data.labels.max() + 1} labels, {seeds} seeds\n{HEAD}")
    for name, run in contestants(int(data.labels.max()) + 1):
        print(line(name, run, data, seeds), flush=True)


def many(rows: int, like: Vectors) -> Vectors:
    """As many rows as wanted, each near one of the given."""
    chance = np.random.default_rng(1)
    made = like[chance.integers(0, len(like), rows)] + chance.normal(0, 0.03, (rows, like.shape[1]))
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


def one_cell(vectors: Vectors) -> tuple[int, float]:
    """Clusters of a cell, and the most memory of this process in GB."""
    clusters = len(group(vectors, ClusterSettings()).clusters)
    return clusters, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def large(rows: int, like: Vectors, processes: int) -> None:
    vectors = many(rows, like)
    start = time.perf_counter()
    parts = cells(vectors, ClusterSettings())
    divided = time.perf_counter() - start
    with ProcessPoolExecutor(processes) as pool:
        done = list(pool.map(one_cell, (vectors[part] for part in parts)))
    seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6 + processes * max(
        peak for _, peak in done
    )
    clusters = sum(count for count, _ in done)
    print(
        f"{rows:,} rows: {len(parts)} cells in {divided:.1f} s, {clusters:,} clusters "
        f"on {processes} processes: {seconds:.1f} s, at most {memory:.1f} GB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=2, help="seeds, and orders of the rows (5: all)")
    parser.add_argument("--large", action="store_true", help="time 10,000 and 100,000 rows as well")
    asked = parser.parse_args()
    deals = demo_deals(804)
    compare("Demo deals", deals, asked.seeds)
    like = deals.vectors
    if CLINC.exists():
        questions = clinc()
        compare("CLINC150", questions.intents, asked.seeds)
        like = questions.intents.vectors
        print(f"out of scope: AUROC {outliers(like, questions.out_of_scope):.3f}")
    if asked.large:
        large(10_000, like, 1)
        large(100_000, like, 2)


if __name__ == "__main__":
    main()
