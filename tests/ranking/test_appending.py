"""Records that were there before: they stay, and what they say is heeded."""

from dataclasses import replace

import pytest

from ranking.assembling import assemble
from ranking.drawing import drawn
from ranking.query import Query
from tests.ranking.made_up import (
    Made,
    candidate,
    cluster,
    collection_of,
    dataset_of,
    made,
    negatives,
    positive,
    settings_of,
)


@pytest.fixture(scope="module")
def shop() -> Made:
    return made(copies=14)


def test_they_stay_first_and_as_they_are(shop: Made) -> None:
    first = dataset_of(shop, num_clusters=10)
    before = first.records[::-1]
    skip = frozenset(first.report.drawn)
    clusters = drawn(shop.collection.clusters, 5, 7, skip)
    places = [place for one in clusters for place in shop.places(one.cluster_id)]

    both = assemble(
        shop.collection,
        clusters,
        [shop.queries[place] for place in places],
        shop.vectors[places],
        settings_of(),
        source="graph",
        existing=before,
    )

    assert both.records[: len(before)] == before
    assert {one.cluster_id for one in both.records[len(before) :]} == {one.cluster_id for one in clusters}
    assert both.report.existing == len(before)
    assert both.report.leaks.clean
    assert both.report.proof.holds
    assert both.report.proof.queries == 45
    assert "asked for 25 clusters, there are 5 that were not asked about before: all are used" in (
        both.report.words
    )


def test_a_query_that_exists_is_a_duplicate(shop: Made) -> None:
    older = positive("gone", "gone", query=shop.queries[0].text.upper())

    assert dataset_of(shop, (older,)).report.queries.duplicate == 1


def test_new_records_follow_their_splits(shop: Made) -> None:
    existing = tuple(positive(f"c{number:03}-00", "gone", split="test") for number in range(10))
    touched = {f"k{number:03}" for number in range(10)}

    found = dataset_of(shop, existing)

    assert {one.split for one in found.records if one.cluster_id in touched} == {"test"}
    assert found.report.leaks.clean


def test_what_they_share_is_said(shop: Made) -> None:
    existing = (positive("c000-00", "gone", split="dev"), positive("c000-01", "gone", split="test"))

    report = dataset_of(shop, existing).report

    assert report.leaks.shared_candidates > 0
    assert not report.leaks.clean
    assert any("in more than one split" in words for words in report.words)


def test_known_positives_are_no_negatives(shop: Made) -> None:
    """What was chosen as a negative, one for each of 15 clusters, turns out to be a positive."""
    dataset = dataset_of(shop)
    chosen = {one.cluster_id: one for one in dataset.records if not one.label}
    known = tuple(
        replace(chosen[name], query=f"older {name}", grade=3, reason="same_package")
        for name in sorted(chosen)[:15]
    )

    again = dataset_of(shop, known)

    assert len(known) == 15
    assert not {(one.cluster_id, one.candidate_id) for one in known} & negatives(again)
    assert again.report.guards.known_positive >= len(known)
    assert again.report.proof.holds
    assert again.report.leaks.clean


def test_a_cluster_without_members_at_home_in_its_split_is_lost() -> None:
    """Its only member is at home with a cluster that an older record put to test."""
    held = [candidate("a", "red"), candidate("b", "green"), candidate("c", "blue")]
    clusters = [cluster("k", "a", home="elsewhere"), cluster("m", "b"), cluster("n", "c")]
    collection = collection_of(held, clusters, homes={"a": "m", "b": "m", "c": "n"})
    existing = (positive("b", "gone", split="test"), positive("gone", "k"), positive("c", "gone"))

    found = assemble(
        collection,
        clusters,
        [Query("k", "cars for families", "stub", "p")],
        collection.vectors[:1],
        settings_of(num_clusters=3),
        source="graph",
        existing=existing,
    )

    assert found.records == existing
    assert found.report.queries.lost == 1
    assert found.report.queries.kept == found.report.queries.stub == 0
    assert found.report.leaks.dropped_positives == 1
