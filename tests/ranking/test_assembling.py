"""From a collection to records: clean, reproducible, and accounted for."""

import time
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from contracts.ranking_report import LeakReport
from ranking.assembling import Dataset, assemble
from ranking.drawing import drawn
from ranking.query import Query
from tests.ranking.made_up import (
    Made,
    copies_of,
    dataset_of,
    made,
    negatives,
    settings_of,
)

COPIES = 14  # 5 % of 300 candidates, two in each pair of clusters


@pytest.fixture(scope="module")
def shop() -> Made:
    return made(copies=COPIES)


@pytest.fixture(scope="module")
def dataset(shop: Made) -> Dataset:
    return dataset_of(shop)


class TestPlanted:
    def test_no_copy_of_a_positive_is_a_negative(self, shop: Made, dataset: Dataset) -> None:
        """Also no original of a positive that is a copy."""
        for copy in copies_of(25, COPIES):
            of, near = (f"k{number:03}" for number in (int(copy.of[1:4]), int(copy.of[1:4]) ^ 1))
            assert not {(of, copy.candidate_id), (near, copy.of)} & negatives(dataset)

    def test_copies_were_looked_at_and_stopped(self, dataset: Dataset) -> None:
        """By the three queries about the cluster of its original, to which no stranger is as near."""
        assert dataset.report.guards.near_duplicate == COPIES * 3
        assert dataset.report.guards.missing == 0

    def test_the_proof_holds(self, dataset: Dataset) -> None:
        proof = dataset.report.proof

        assert proof.holds
        assert (proof.queries, proof.negatives) == (75, 150)
        assert proof.pairs == sum(
            2 * count for count in Counter(one.query for one in dataset.records if one.label).values()
        )
        assert proof.nearest < 0.97


class TestRecords:
    def test_every_query_has_all_members_and_as_many_negatives_as_asked(
        self, shop: Made, dataset: Dataset
    ) -> None:
        for query in shop.queries:
            mine = [one for one in dataset.records if one.query == query.text]
            members = shop.collection.by_id[query.cluster_id]

            assert {one.candidate_id for one in mine if one.grade == 3} == set(members.core)
            assert {one.candidate_id for one in mine if one.grade == 2} == set(members.around)
            assert sum(not one.label for one in mine) == 2

    def test_grades_say_what_the_two_have_in_common(self, shop: Made) -> None:
        records = dataset_of(shop, negatives_per_query=100).records

        assert {(one.grade, one.reason) for one in records} == {
            (3, "same_package"),
            (2, "same_cluster"),
            (1, "same_sector"),
            (0, "same_region"),
            (0, "other"),
        }
        for one in records:
            sectors = shop.collection.of(one.candidate_id).sectors
            same = sectors == shop.collection.of(shop.collection.by_id[one.cluster_id].core[0]).sectors
            assert one.label or same == (one.grade == 1)

    def test_they_are_sorted(self, dataset: Dataset) -> None:
        keys = [(one.cluster_id, one.query, -one.grade, one.candidate_id) for one in dataset.records]

        assert keys == sorted(keys)
        assert len(set(keys)) == len(keys)

    @pytest.mark.parametrize("seed", range(5))
    def test_shuffled_inputs_give_the_same_bytes(self, shop: Made, dataset: Dataset, seed: int) -> None:
        chance = np.random.default_rng(seed)
        other = shop.shuffled(seed)
        homes = list(shop.collection.homes.items())
        collection = replace(shop.collection, homes=dict(homes[at] for at in chance.permutation(len(homes))))
        clusters = [shop.collection.clusters[at] for at in chance.permutation(25)]

        again = assemble(
            collection,
            drawn(clusters, 25, 7)[::-1],
            other.queries,
            other.vectors,
            settings_of(),
            source="graph",
            versions=("prompt: 1",),
        )

        assert repr(again.records).encode() == repr(dataset.records).encode()
        assert again.report.model_dump_json() == dataset.report.model_dump_json()

    def test_another_seed_draws_and_splits_otherwise(self, shop: Made) -> None:
        one, other = (dataset_of(shop, num_clusters=10, seed=seed) for seed in (1, 2))

        assert one.report.drawn != other.report.drawn
        assert len(one.report.drawn) == len({record.cluster_id for record in one.records}) == 10


class TestSplits:
    def test_they_share_nothing(self, dataset: Dataset) -> None:
        leaks = dataset.report.leaks

        assert leaks == LeakReport(components=18, largest_component=26)
        for of in ("cluster_id", "candidate_id", "query"):
            splits = {(getattr(one, of), one.split) for one in dataset.records}
            assert len(splits) == len({thing for thing, _ in splits})

    def test_each_is_counted(self, dataset: Dataset) -> None:
        report = dataset.report

        assert list(report.splits) == ["train", "dev", "test"]
        assert all(split.queries for split in report.splits.values())
        assert sum(split.clusters for split in report.splits.values()) == 25
        assert sum(split.queries for split in report.splits.values()) == report.queries.kept
        assert sum(split.positives for split in report.splits.values()) == report.positives
        assert sum(split.negatives for split in report.splits.values()) == report.negatives
        assert report.positives + report.negatives == report.records == len(dataset.records)

    def test_a_positive_that_is_at_home_in_another_split_is_dropped_and_counted(self, shop: Made) -> None:
        """Every cluster borrows a candidate from the next but one."""
        borrowed = {
            one.cluster_id: shop.collection.clusters[(number + 2) % 25].core[0]
            for number, one in enumerate(shop.collection.clusters)
        }
        clusters = tuple(
            replace(one, around=(*one.around, borrowed[one.cluster_id])) for one in shop.collection.clusters
        )
        lending = replace(shop, collection=replace(shop.collection, clusters=clusters))

        found = dataset_of(lending)

        kept = {(one.cluster_id, one.candidate_id) for one in found.records if one.label}
        assert found.report.leaks.clean
        assert found.report.leaks.dropped_positives > 0
        assert found.report.leaks.dropped_positives == 3 * (25 - len(kept & set(borrowed.items())))
        assert not negatives(found) & set(borrowed.items())


def test_queries_add_up(shop: Made) -> None:
    more = [
        Query("k000", "x", "model", "p"),
        Query("k001", shop.queries[3].text, "model", "p"),
        Query("k002", "some deal 2x1", "model", "p"),
        Query("k003", "nothing of the kind", "model", "p"),
        Query("k004", "a spare one", "model", "p"),
    ]
    lost = [place == 3 for place in range(5)]
    vectors = np.stack(
        [-shop.vectors[3 * place] if lost[place] else shop.vectors[3 * place] for place in range(5)]
    )
    counts = dataset_of(
        replace(shop, queries=(*shop.queries, *more), vectors=np.vstack([shop.vectors, vectors]))
    ).report.queries

    assert counts.written == 80
    assert (counts.malformed, counts.duplicate, counts.copied_name, counts.lost, counts.spare) == (
        1,
        1,
        1,
        1,
        1,
    )
    assert counts.kept == 75


class TestWords:
    def test_of_a_large_collection_there_is_nothing_to_say(self, dataset: Dataset) -> None:
        assert dataset.report.words == ()

    def test_fewer_clusters_than_asked_for(self, shop: Made) -> None:
        assert dataset_of(shop, num_clusters=50).report.words == (
            "asked for 50 clusters, there are 25: all are used",
        )

    def test_what_is_empty_and_what_is_missing(self) -> None:
        report = dataset_of(made(clusters=2), num_clusters=2, negatives_per_query=20).report

        assert report.guards.missing == 2 * 3 * (20 - 12)
        assert report.words == (
            "dev is empty: there are too few clusters that can be divided",
            "test is empty: there are too few clusters that can be divided",
            "48 negatives are missing: too few candidates of their split passed the guards",
        )


def test_thousands_of_candidates_take_seconds() -> None:
    shop = made(clusters=166, queries=2)
    began = time.process_time()

    found = dataset_of(shop, num_clusters=150)

    assert found.report.queries.kept == 300
    assert time.process_time() - began < 20  # a few on a machine that is not shared
