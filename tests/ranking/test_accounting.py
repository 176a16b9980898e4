"""What became of every candidate."""

import pytest

from ranking.accounting import placed_and_left
from ranking.candidate import MiniCluster
from tests.ranking.made_up import candidate, cluster, collection_of, dataset_of, made, positive


def test_every_candidate_is_there_once() -> None:
    shop = made()
    found = dataset_of(shop, num_clusters=5)
    account = placed_and_left(shop.collection, found.records, frozenset(found.report.drawn), frozenset())
    left = [one.item_id for one in account.excluded]

    assert sorted([*account.placed, *left]) == list(shop.collection.rows)
    assert account.placed == tuple(sorted({one.candidate_id for one in found.records}))
    assert {one.code for one in account.excluded} == {"not_drawn"}
    assert account.failed == ()


@pytest.mark.parametrize(
    ("clusters", "code"),
    [
        pytest.param((), "in_no_cluster", id="in none"),
        pytest.param((cluster("spare", "x"),), "not_drawn", id="not drawn"),
        pytest.param((cluster("silent", "x"),), "no_query", id="no query"),
        pytest.param((cluster("asked", around=("x",)),), "other_split", id="dropped"),
        pytest.param((cluster("silent", "x"), cluster("asked", "x")), "other_split", id="dropped by one"),
        pytest.param((cluster("spare", "x"), cluster("silent", "x")), "no_query", id="one not drawn"),
        pytest.param((cluster("broken", "x"), cluster("asked", "x")), "queries_failed", id="failed"),
    ],
)
def test_it_is_said_why_one_is_in_no_record(clusters: tuple[MiniCluster, ...], code: str) -> None:
    collection = collection_of([candidate("x"), candidate("y")], clusters)
    records = [positive("y", "asked"), positive("gone", "asked")]

    account = placed_and_left(
        collection, records, frozenset({"silent", "asked", "broken"}), frozenset({"broken"})
    )

    assert account.placed == ("y",)
    [only] = [*account.failed, *account.excluded]
    assert (only.item_id, only.code) == ("x", code)
    assert only.words
    assert bool(account.failed) == (code == "queries_failed")
