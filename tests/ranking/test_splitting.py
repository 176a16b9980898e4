"""Splits share nothing, and are as large as they were asked to be where that can be."""

from collections import Counter
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.ranking import NegativeRules, Split, SplitShares
from ranking.candidate import Collection
from ranking.likeness import Likeness
from ranking.record import Record
from ranking.splitting import Splits, split
from tests.ranking.made_up import candidate, cluster, collection_of, copies_of, made, positive

SHARES = SplitShares()


def splits_of(
    collection: Collection, shares: SplitShares = SHARES, seed: int = 7, existing: tuple[Record, ...] = ()
) -> Splits:
    """All clusters are drawn."""
    likeness = Likeness.of(collection, NegativeRules())
    return split(collection, likeness, shares, seed, frozenset(collection.by_id), existing=existing)


def of_clusters(splits: Splits) -> Counter[Split]:
    return Counter(splits.by_cluster.values())


def lone(count: int) -> Collection:
    """As many clusters of one candidate each."""
    ids = [f"{number:03}" for number in range(count)]
    homes = {one: f"k{one}" for one in ids}
    return collection_of(map(candidate, ids), [cluster(f"k{one}", one) for one in ids], homes=homes)


def test_near_duplicates_are_in_one_split_with_all_that_is_at_home_with_them() -> None:
    collection = made(copies=14).collection
    splits = splits_of(collection)

    for copy in copies_of(25, 14):
        assert splits.split_of(copy.of) == splits.split_of(copy.candidate_id)
    for candidate_id, home in collection.homes.items():
        [at_home] = [one for one in collection.clusters if one.home == home]
        assert splits.split_of(candidate_id) == splits.split_of_cluster(at_home.cluster_id)


def test_components_are_counted_with_the_largest() -> None:
    splits = splits_of(made(copies=14).collection)

    assert splits.components == 25 - 7
    assert splits.largest == 2 * 12 + 2


@pytest.mark.parametrize("seed", range(5))
def test_many_small_components_are_shared_out_as_asked(seed: int) -> None:
    splits = splits_of(lone(100), seed=seed)

    assert of_clusters(splits) == {"train": 80, "dev": 10, "test": 10}


@pytest.mark.parametrize("count", [3, 4, 7, 12])
@pytest.mark.parametrize("seed", range(3))
def test_a_few_components_fill_every_split(count: int, seed: int) -> None:
    assert set(of_clusters(splits_of(lone(count), seed=seed))) == {"train", "dev", "test"}


def test_two_components_stay_together_so_that_each_has_negatives() -> None:
    assert of_clusters(splits_of(lone(2))) == {"train": 2}


def test_a_split_without_a_share_stays_empty() -> None:
    shares = SplitShares(train=0.5, dev=0, test=0.5)

    assert of_clusters(splits_of(lone(10), shares)) == {"train": 5, "test": 5}


def test_drawn_clusters_are_shared_out_apart_from_all_others() -> None:
    collection = lone(200)
    drawn = frozenset(list(collection.by_id)[:20])
    likeness = Likeness.of(collection, NegativeRules())

    splits = split(collection, likeness, SHARES, 7, drawn)

    assert Counter(splits.split_of_cluster(one) for one in drawn) == {"train": 16, "dev": 2, "test": 2}
    assert of_clusters(splits) == {"train": 160, "dev": 20, "test": 20}


def test_a_candidate_without_a_home_is_alone_and_in_some_split() -> None:
    collection = collection_of([candidate("a"), candidate("b")], [cluster("k", "a")], homes={"a": "k"})
    splits = splits_of(collection)

    assert splits.components == 2
    assert splits.split_of("b") in {"train", "dev", "test"}


def test_candidates_and_homes_may_have_the_same_ids() -> None:
    collection = collection_of(map(candidate, "ab"), [cluster("k", "a", home="b")], homes={"a": "b"})

    assert splits_of(collection).components == 2


@given(st.randoms(use_true_random=False))
def test_the_order_of_homes_and_clusters_does_not_matter(chance: Random) -> None:
    collection = made(clusters=9, copies=5).collection
    homes, clusters = list(collection.homes.items()), list(collection.clusters)
    chance.shuffle(homes)
    chance.shuffle(clusters)

    assert splits_of(replace(collection, homes=dict(homes), clusters=tuple(clusters))) == splits_of(
        collection
    )


def test_another_seed_splits_otherwise() -> None:
    assert splits_of(lone(30), seed=1).by_cluster != splits_of(lone(30), seed=2).by_cluster


class TestExistingRecords:
    def test_what_they_touch_keeps_their_split(self) -> None:
        existing = tuple(positive(f"{number:03}", "gone", split="test") for number in range(10))

        splits = splits_of(lone(30), existing=existing)

        assert {splits.split_of(record.candidate_id) for record in existing} == {"test"}
        assert splits.torn == 0

    def test_a_cluster_is_touched_by_its_records_too(self) -> None:
        splits = splits_of(lone(30), existing=(positive("gone", "k005", split="dev"),))

        assert splits.split_of_cluster("k005") == splits.split_of("005") == "dev"

    def test_what_they_divide_goes_where_most_are(self) -> None:
        collection = made(clusters=4).collection
        existing = (
            positive("c000-00", "gone", split="dev"),
            positive("c000-01", "gone", split="test"),
            positive("c000-02", "gone", split="test"),
        )

        splits = splits_of(collection, existing=existing)

        assert splits.split_of("c000-00") == splits.split_of_cluster("k000") == "test"
        assert splits.torn == 1

    def test_records_of_other_collections_change_nothing(self) -> None:
        assert splits_of(lone(30), existing=(positive("gone", "gone"),)) == splits_of(lone(30))


def test_thousands_of_copies_of_one_text_are_one_component() -> None:
    held = [candidate(f"{number:04}", "the same text") for number in range(2_000)]
    collection = collection_of(held, (), vectors={one.candidate_id: np.ones(4).tolist() for one in held})

    assert splits_of(collection).largest == 2_000
