"""Clusters within bounds: complete, repeatable, and by likeness."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clustering import group
from contracts.settings import ClusterSettings
from tests.clustering.vectors import METHODS, apart, blobs, check, sizes, unit


def possible(rows: int, low: int, high: int) -> bool:
    """Whether some number of clusters within the bounds holds exactly all rows."""
    return any(count * low <= rows <= count * high for count in range(1, rows + 1))


def some_blobs(data: st.DataObject) -> list[int]:
    return data.draw(st.lists(st.integers(1, 30), min_size=1, max_size=6), "blobs")


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_every_row_is_at_home_in_one_cluster_of_the_right_size_or_left_over(
    method: str, data: st.DataObject
) -> None:
    low = data.draw(st.integers(1, 12), "low")
    high = data.draw(st.integers(low, 25), "high")
    most = data.draw(st.integers(1, 4), "max_clusters_per_deal")
    asked = data.draw(st.none() | st.integers(1, 200), "n_components")
    spread = data.draw(st.sampled_from([0.0, 0.1, 1.0]), "spread")
    wanted = sizes(
        low, high, clustering_method=method, max_clusters_per_deal=most, n_components=asked, neighbours=5
    )
    vectors = blobs(some_blobs(data), spread=spread)

    found = group(vectors, wanted)

    check(found, len(vectors), wanted)
    if high >= 2 * low - 1 and len(vectors) >= low:
        assert possible(len(vectors), low, high)
        assert found.left == []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("rows", range(11))
def test_few_rows_are_one_cluster_or_left(method: str, rows: int) -> None:
    vectors = blobs([1] * rows) if rows else np.zeros((0, 16), np.float32)
    wanted = ClusterSettings.model_validate({"clustering_method": method})

    found = group(vectors, wanted)

    check(found, rows, wanted)
    assert len(found.left) == (rows if rows < 5 else 0)


@pytest.mark.parametrize("method", METHODS)
def test_sorted_input_gives_the_same_clusters_however_it_was_shuffled(method: str) -> None:
    vectors = blobs([30, 8, 30, 12, 40], spread=0.6)
    names = [f"deal-{row:04}" for row in range(len(vectors))]
    wanted = ClusterSettings.model_validate({"clustering_method": method})
    expected = group(vectors, wanted)

    for seed in range(5):
        shuffled = np.random.default_rng(seed).permutation(len(names))
        again = sorted(shuffled, key=lambda row: names[row])

        assert group(vectors[again], wanted) == expected


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("copies", [1, 4, 60])
def test_equal_rows_are_divided_all_the_same(method: str, copies: int) -> None:
    vectors = np.repeat(blobs([1] * (60 // copies)), copies, axis=0)
    wanted = ClusterSettings.model_validate({"clustering_method": method})

    found = group(vectors, wanted)

    check(found, 60, wanted)
    assert found.left == []


@pytest.mark.parametrize("method", METHODS)
def test_groups_that_are_asked_for_are_found(method: str) -> None:
    vectors = blobs([12] * 20, spread=0.3)

    found = [
        group(vectors, ClusterSettings.model_validate({"clustering_method": method, "n_components": asked}))
        for asked in (10, 20, 30)
    ]

    assert [abs(each.groups - asked) <= 2 for each, asked in zip(found, (10, 20, 30), strict=True)] == [
        True
    ] * 3
    assert len(found[2].clusters) >= len(found[1].clusters) >= len(found[0].clusters)


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
    found = group(blobs([rows]) if rows else np.zeros((0, 16), np.float32), apart(low, high))

    assert ([len(cluster) for cluster in found.clusters], len(found.left)) == (clusters, left)


def test_blobs_that_fit_are_the_clusters() -> None:
    found = group(blobs([20, 18, 25, 12]), apart(5, 25))

    assert [(cluster[0], len(cluster)) for cluster in found.clusters] == [
        (0, 20),
        (20, 18),
        (38, 25),
        (63, 12),
    ]


def test_a_blob_that_is_too_large_is_cut_and_no_other_is_touched() -> None:
    found = group(blobs([40, 10]), apart(5, 25))

    assert found.clusters[-1] == list(range(40, 50))
    assert sorted(row for cluster in found.clusters[:-1] for row in cluster) == list(range(40))


def test_a_cluster_that_is_too_small_joins_the_one_it_is_most_like() -> None:
    chance = np.random.default_rng(3)
    near, far = np.eye(16)[0], np.eye(16)[5]
    lonely = unit(np.asarray([near + 0.3 * np.eye(16)[1]] * 2, np.float32))
    rows = [near + 0.02 * chance.normal(size=16) for _ in range(10)]
    rows += [far + 0.02 * chance.normal(size=16) for _ in range(10)]
    vectors = np.concatenate([unit(np.asarray(rows, np.float32)), lonely])

    found = group(vectors, apart(5, 12))

    assert found.clusters == [[*range(10), 20, 21], [*range(10, 20)]]


def test_the_same_input_gives_the_same_clusters() -> None:
    vectors = blobs([30, 30, 30, 30], spread=0.6)

    assert group(vectors, apart(5, 25)) == group(vectors, apart(5, 25))


def test_clusters_hold_what_is_alike() -> None:
    """Purity against the blobs that the rows came from; dealing them out in order would give far less."""
    labels = np.repeat(np.arange(40), 20)
    order = np.random.default_rng(5).permutation(len(labels))
    vectors, labels = blobs([20] * 40, spread=0.4)[order], labels[order]

    found = group(vectors, apart(5, 25))

    pure = sum(int(np.bincount(labels[cluster]).max()) for cluster in found.clusters)
    assert pure / len(labels) > 0.9
