"""K-means within bounds: complete, bounded, repeatable, and by likeness."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from clustering import Grouping, cells, group
from contracts.settings import ClusterSettings

Vectors = NDArray[np.float32]


def unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / lengths, np.float32)


def blobs(sizes: list[int], *, dim: int = 16, spread: float = 0.1, seed: int = 1) -> Vectors:
    """Rows around one centre per size, in the order of the sizes."""
    chance = np.random.default_rng(seed)
    centres = np.repeat(chance.normal(size=(len(sizes), dim)), sizes, axis=0)
    return unit(np.asarray(centres + spread * chance.normal(size=centres.shape), np.float32))


def sizes(low: int, high: int) -> ClusterSettings:
    return ClusterSettings(min_cluster_size=low, max_deals_per_cluster=high)


def accounted(found: Grouping) -> list[int]:
    return sorted([*found.left, *(row for cluster in found.clusters for row in cluster)])


def possible(rows: int, low: int, high: int) -> bool:
    """Whether some number of clusters within the bounds holds exactly all rows."""
    return any(count * low <= rows <= count * high for count in range(1, rows + 1))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_row_is_in_one_cluster_of_the_right_size_or_left_over(data: st.DataObject) -> None:
    low = data.draw(st.integers(1, 12), "low")
    high = data.draw(st.integers(low, 25), "high")
    vectors = blobs(data.draw(st.lists(st.integers(1, 30), min_size=1, max_size=6), "blobs"))

    found = group(vectors, sizes(low, high))

    assert accounted(found) == list(range(len(vectors)))
    assert all(low <= len(cluster) <= high for cluster in found.clusters)
    assert all(cluster == sorted(cluster) for cluster in found.clusters)
    if high >= 2 * low - 1 and len(vectors) >= low:
        assert possible(len(vectors), low, high)
        assert found.left == []


@pytest.mark.parametrize(
    ("rows", "low", "high", "clusters", "left"),
    [
        pytest.param(0, 5, 25, [], 0, id="nothing"),
        pytest.param(4, 5, 25, [], 4, id="fewer than the minimum"),
        pytest.param(5, 5, 25, [5], 0, id="the minimum"),
        pytest.param(25, 5, 25, [25], 0, id="the maximum"),
        pytest.param(26, 20, 25, [25], 1, id="bounds that nothing adds up to"),
        pytest.param(1, 1, 1, [1], 0, id="one alone"),
        pytest.param(3, 1, 1, [1, 1, 1], 0, id="each alone"),
    ],
)
def test_small_numbers(rows: int, low: int, high: int, clusters: list[int], left: int) -> None:
    found = group(blobs([rows]) if rows else np.zeros((0, 16), np.float32), sizes(low, high))

    assert ([len(cluster) for cluster in found.clusters], len(found.left)) == (clusters, left)


def test_blobs_that_fit_are_the_clusters() -> None:
    found = group(blobs([20, 18, 25, 12]), sizes(5, 25))

    assert [(cluster[0], len(cluster)) for cluster in found.clusters] == [
        (0, 20),
        (20, 18),
        (38, 25),
        (63, 12),
    ]


def test_a_blob_that_is_too_large_is_cut_and_no_other_is_touched() -> None:
    found = group(blobs([40, 10]), sizes(5, 25))

    assert found.clusters[-1] == list(range(40, 50))
    assert sorted(row for cluster in found.clusters[:-1] for row in cluster) == list(range(40))


def test_a_cluster_that_is_too_small_joins_the_one_it_is_most_like() -> None:
    chance = np.random.default_rng(3)
    near, far = np.eye(16)[0], np.eye(16)[5]
    lonely = unit(np.asarray([near + 0.3 * np.eye(16)[1]] * 2, np.float32))
    rows = [near + 0.02 * chance.normal(size=16) for _ in range(10)]
    rows += [far + 0.02 * chance.normal(size=16) for _ in range(10)]
    vectors = np.concatenate([unit(np.asarray(rows, np.float32)), lonely])

    found = group(vectors, sizes(5, 12))

    assert found.clusters == [[*range(10), 20, 21], [*range(10, 20)]]


def test_equal_rows_are_divided_all_the_same() -> None:
    found = group(np.full((60, 4), 0.5, np.float32), sizes(5, 25))

    assert accounted(found) == list(range(60))
    assert found.left == []
    assert all(5 <= len(cluster) <= 25 for cluster in found.clusters)


def test_the_same_input_gives_the_same_clusters() -> None:
    vectors = blobs([30, 30, 30, 30], spread=0.6)

    assert group(vectors, sizes(5, 25)) == group(vectors, sizes(5, 25))


def test_many_rows_go_by_cells_of_a_bounded_size() -> None:
    vectors = blobs([17] * 60, spread=0.3)

    found = cells(vectors, ClusterSettings(cell_deals=500))

    assert sorted(row for cell in found for row in cell) == list(range(1020))
    assert all(5 <= len(cell) <= 500 for cell in found)


def test_clusters_hold_what_is_alike() -> None:
    """Purity against the blobs that the rows came from; dealing them out in order would give far less."""
    labels = np.repeat(np.arange(40), 20)
    order = np.random.default_rng(5).permutation(len(labels))
    vectors, labels = blobs([20] * 40, spread=0.4)[order], labels[order]

    found = group(vectors, sizes(5, 25))

    pure = sum(int(np.bincount(labels[cluster]).max()) for cluster in found.clusters)
    assert pure / len(labels) > 0.9
