"""Clusters are drawn by the seed and their own names."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import WorkFailed
from ranking.drawing import TooFewClusters, drawn
from tests.ranking.made_up import cluster

NAMES = st.lists(st.text(min_size=1, max_size=5), min_size=2, max_size=20, unique=True)


@given(NAMES, st.integers(0, 30), st.integers(0, 99), st.randoms(use_true_random=False))
def test_the_order_in_which_clusters_come_does_not_matter(
    names: list[str], count: int, seed: int, chance: Random
) -> None:
    clusters = [cluster(name, "a") for name in names]
    shuffled = list(clusters)
    chance.shuffle(shuffled)

    assert drawn(shuffled, count, seed) == drawn(clusters, count, seed)


@given(NAMES, st.integers(0, 99))
def test_whoever_is_drawn_first_stays_drawn_as_more_are_asked_for(names: list[str], seed: int) -> None:
    clusters = [cluster(name, "a") for name in names]

    for count in range(len(names)):
        assert set(drawn(clusters, count, seed)) < set(drawn(clusters, count + 1, seed))


def test_other_clusters_change_nothing_between_two() -> None:
    clusters = [cluster(f"k{number:02}", "a") for number in range(40)]
    few = clusters[:20]

    of_few = [one for one in drawn(clusters, 15, seed=7) if one in few]

    assert 0 < len(of_few) < 15
    assert tuple(of_few) == drawn(few, len(of_few), seed=7)


def test_what_is_drawn_is_sorted_by_id() -> None:
    ids = [one.cluster_id for one in drawn([cluster(f"k{number}", "a") for number in range(40)], 10, seed=7)]

    assert len(ids) == 10
    assert ids == sorted(ids)


def test_another_seed_draws_others() -> None:
    clusters = [cluster(f"k{number}", "a") for number in range(40)]

    assert drawn(clusters, 10, seed=7) != drawn(clusters, 10, seed=8)


def test_what_is_skipped_is_not_drawn_and_others_take_its_place() -> None:
    clusters = [cluster(f"k{number}", "a") for number in range(10)]
    first = frozenset(one.cluster_id for one in drawn(clusters, 4, seed=7))
    second = frozenset(one.cluster_id for one in drawn(clusters, 4, seed=7, skip=first))
    both = frozenset(one.cluster_id for one in drawn(clusters, 8, seed=7))

    assert first | second == both
    assert not first & second


def test_of_fewer_than_asked_for_all_are_drawn() -> None:
    assert len(drawn([cluster("a", "x"), cluster("b", "y")], 50, seed=7)) == 2


def test_clusters_that_are_skipped_still_give_negatives() -> None:
    clusters = [cluster("a", "x"), cluster("b", "y")]

    assert drawn(clusters, 50, seed=7, skip=frozenset({"a", "b"})) == ()


@pytest.mark.parametrize(
    ("there", "words"),
    [pytest.param(0, "there are 0 clusters", id="none"), pytest.param(1, "there is 1 cluster;", id="one")],
)
def test_with_fewer_than_two_it_is_said_what_to_do(there: int, words: str) -> None:
    with pytest.raises(TooFewClusters, match="negatives of a cluster come from other clusters") as caught:
        drawn([cluster("a", "x")][:there], 50, seed=7)

    assert isinstance(caught.value, WorkFailed)
    assert caught.value.code == "too_few_clusters"
    assert words in caught.value.words
    assert "a graph with more platforms" in caught.value.words
