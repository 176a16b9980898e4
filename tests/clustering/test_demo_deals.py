"""The demo deals: sizes, overlap, and how the settings move them."""

from typing import Any

import numpy as np
import pytest

from clustering import Grouping, group, regroup
from contracts.settings import ClusterSettings
from tests.clustering.texts import demo_deals
from tests.clustering.vectors import METHODS, Vectors, check, overlap


@pytest.fixture(scope="module")
def deals() -> Vectors:
    return demo_deals(804).vectors


def grouped(deals: Vectors, **settings: Any) -> Grouping:
    wanted = ClusterSettings.model_validate(settings)
    found = group(deals, wanted)
    check(found, len(deals), wanted)
    return found


@pytest.mark.parametrize("method", METHODS)
def test_deals_fill_their_clusters(deals: Vectors, method: str) -> None:
    found = grouped(deals, clustering_method=method)

    assert found.left == []
    assert 35 <= len(found.clusters) <= 60
    assert 15 <= len(deals) / len(found.clusters) <= 20


@pytest.mark.parametrize("method", METHODS)
def test_deals_overlap_more_at_a_lower_threshold(deals: Vectors, method: str) -> None:
    shares = [
        overlap(grouped(deals, clustering_method=method, probability_threshold=threshold), len(deals))
        for threshold in (0.3, 0.2, 0.1)
    ]

    assert 0.05 <= shares[0] <= 0.35
    assert shares[0] < shares[1] < shares[2]


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"max_deals_per_cluster": 15}, id="smaller clusters"),
        pytest.param({"min_cluster_size": 3}, id="a smaller minimum"),
        pytest.param({"n_components": 80}, id="more groups"),
    ],
)
def test_settings_make_more_clusters(deals: Vectors, more: dict[str, int]) -> None:
    assert len(grouped(deals, **more).clusters) > len(grouped(deals).clusters)


def test_settings_make_fewer_clusters(deals: Vectors) -> None:
    assert len(grouped(deals, max_deals_per_cluster=40).clusters) < len(grouped(deals).clusters)


@pytest.mark.parametrize(
    ("count", "least", "most"),
    [pytest.param(200, 8, 15, id="200 deals"), pytest.param(400, 18, 30, id="400 deals")],
)
def test_fewer_deals_are_fewer_clusters(deals: Vectors, count: int, least: int, most: int) -> None:
    assert least <= len(grouped(deals[:count]).clusters) <= most


@pytest.mark.parametrize("changes", [4, 16, 40])
def test_a_revision_touches_few_more_clusters_than_hold_a_changed_deal(deals: Vectors, changes: int) -> None:
    chance = np.random.default_rng(changes)
    earlier = grouped(deals)
    moved = np.sort(chance.permutation(len(deals))[:changes])
    now = deals.copy()
    now[moved] = deals[np.roll(moved, 1)]
    base = [[row for row in cluster if row not in moved] for cluster in earlier.clusters]
    homes = [-1 if row in moved else home for row, home in enumerate(earlier.home)]

    made = regroup(now, base, homes, moved.tolist(), ClusterSettings())

    before = {at for at, cluster in enumerate(earlier.clusters) if set(cluster) & set(moved.tolist())}
    after = [set(cluster) for cluster in made.grouping.clusters if set(cluster) & set(moved.tolist())]
    nearest = {max(range(len(base)), key=lambda at, c=cluster: len(c & set(base[at]))) for cluster in after}  # type: ignore[misc]
    formed = len(made.grouping.clusters) - len([at for at in made.kept if at not in before])
    assert formed <= 1.3 * len(before | nearest)
    assert made.grouping.left == []
