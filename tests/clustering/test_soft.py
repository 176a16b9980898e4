"""Rows in several clusters: real, bounded, and moved smoothly by the threshold."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clustering import Grouping, group
from contracts.settings import ClusterSettings
from tests.clustering.vectors import METHODS, Vectors, at_home, blobs, check, memberships, overlap, unit

FEW = {"max_deals_per_cluster": 20, "min_cluster_size": 4, "neighbours": 10}


def bridge() -> Vectors:
    """Two places, and a row half way between them."""
    places = blobs([10, 10], spread=0.05)
    between = places[:10].mean(axis=0) + places[10:].mean(axis=0)
    return np.concatenate([places, unit(between[None, :].astype(np.float32))])


def pairs(found: Grouping) -> set[tuple[int, int]]:
    return {(at, row) for at, cluster in enumerate(found.clusters) for row in cluster}


def test_a_row_between_two_clusters_is_in_both() -> None:
    wanted = ClusterSettings(max_deals_per_cluster=12, n_components=2, neighbours=4)
    found = group(bridge(), wanted)

    assert memberships(found, 21) == [*[1] * 20, 2]


def test_without_soft_assignment_no_row_is_in_two() -> None:
    vectors = blobs([15] * 8, spread=1.0)

    found = group(vectors, ClusterSettings(use_soft_assignments=False))

    assert max(memberships(found, len(vectors))) == 1


@pytest.mark.parametrize("method", METHODS)
def test_a_lower_threshold_adds_guests_and_takes_none_away(method: str) -> None:
    vectors = blobs([15] * 12, spread=0.8)
    found = [
        group(
            vectors,
            ClusterSettings.model_validate(
                {**FEW, "clustering_method": method, "probability_threshold": threshold}
            ),
        )
        for threshold in (1.0, 0.5, 0.4, 0.3, 0.2, 0.1)
    ]

    for higher, lower in pairwise(found):
        assert higher.home == lower.home
        assert pairs(higher) <= pairs(lower)
    assert overlap(found[1], 180) < overlap(found[3], 180) < overlap(found[5], 180)


@settings(max_examples=25, deadline=None)
@given(
    most=st.integers(1, 5),
    threshold=st.floats(0.05, 1),
    high=st.integers(6, 30),
    low=st.integers(1, 6),
    spread=st.sampled_from([0.1, 0.8]),
)
def test_guests_come_only_while_there_is_room(
    most: int, threshold: float, high: int, low: int, spread: float
) -> None:
    vectors = blobs([15] * 6, spread=spread)
    wanted = ClusterSettings(
        max_clusters_per_deal=most,
        probability_threshold=threshold,
        max_deals_per_cluster=high,
        min_cluster_size=low,
    )

    check(group(vectors, wanted), len(vectors), wanted)


def test_homes_are_those_without_soft_assignment() -> None:
    vectors = blobs([15] * 8, spread=0.8)

    soft = group(vectors, ClusterSettings())

    assert at_home(soft) == group(vectors, ClusterSettings(use_soft_assignments=False)).clusters
