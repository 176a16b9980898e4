"""Names that follow from the content, and inputs put together. No servers."""

from typing import Any, cast
from uuid import UUID

import numpy as np
import pytest

from clusterer.domain import form, frozen_deals, name_of
from clustering import Grouping
from contracts import WorkFailed
from contracts.clusters import SharedDeal
from contracts.settings import ClusterSettings
from tests.clusterer.inputs import deals, lines, npy, vectors_of
from tests.embedder.deals import deal

SIZES = ClusterSettings()


def formed(some: list[Any], grouping: Grouping, settings: ClusterSettings = SIZES) -> list[Any]:
    return form(frozen_deals([(lines(some), npy(vectors_of(some)))]), grouping, settings)


def ids_of(some: list[Any], settings: ClusterSettings = SIZES) -> set[UUID]:
    rows = list(range(len(some)))
    return {cluster.cluster_id for cluster in formed(some, Grouping([rows], [], [0] * len(rows)), settings)}


def test_a_deal_in_two_clusters_is_named_in_both_with_its_home() -> None:
    some = deals(8)
    clusters = formed(some, Grouping([[0, 1, 2, 3, 4], [4, 5, 6, 7]], [], [0, 0, 0, 0, 0, 1, 1, 1]))

    home, guest = sorted(clusters, key=lambda cluster: -len(cluster.deal_ids))
    assert home.home_ids == home.deal_ids
    assert guest.home_ids == guest.deal_ids[1:]
    item = some[4].item_id
    assert home.shared == (SharedDeal(item_id=item, home=home.cluster_id, others=(guest.cluster_id,)),)
    assert guest.shared == (SharedDeal(item_id=item, home=home.cluster_id, others=(home.cluster_id,)),)


def test_two_clusters_with_the_same_members_are_one() -> None:
    rows = [0, 1, 2, 3, 4]
    [only] = formed(deals(5), Grouping([rows, rows], [], [0, 0, 0, 1, 1]))

    assert (len(only.home_ids), only.shared) == (5, ())


def test_a_cluster_is_named_by_its_deals_their_content_and_the_settings() -> None:
    some = deals(6)
    changed = [*some[:5], deal(5, name="Something else")]
    other = ClusterSettings(seed=8)

    assert ids_of(some) == ids_of(some)
    assert len(ids_of(some) | ids_of(some[:5]) | ids_of(changed) | ids_of(some, other)) == 4


def test_the_input_is_put_together_in_the_order_of_its_ids() -> None:
    some = deals(12)
    shuffled = [some[7:], some[:3], some[3:7]]
    shards = [(lines(part), npy(vectors_of(part))) for part in shuffled]

    found = frozen_deals(shards)

    assert found.item_ids == tuple(one.item_id for one in some)
    assert found.bodies == tuple(one.canonical() for one in some)
    assert np.array_equal(found.vectors, vectors_of(some))


@pytest.mark.parametrize(
    "vectors",
    [pytest.param(npy(vectors_of(deals(3))), id="too few"), pytest.param(b"no matrix", id="unreadable")],
)
def test_vectors_that_do_not_fit_their_deals_are_found_out(vectors: bytes) -> None:
    with pytest.raises(WorkFailed, match="snapshot_damaged"):
        frozen_deals([(lines(deals(4)), vectors)])


def test_an_object_in_place_of_numbers_is_never_unpickled() -> None:
    trap = np.array([{"a": 1}], dtype=object)
    with pytest.raises(WorkFailed, match="snapshot_damaged"):
        frozen_deals([(lines(deals(1)), npy(cast("Any", trap)))])


def test_a_body_names_its_deal_whatever_its_id_holds() -> None:
    odd = deal("a/b\u2028c")

    assert name_of(odd.canonical()) == odd.item_id
    assert frozen_deals([(lines([odd]), npy(vectors_of([odd])))]).item_ids == (odd.item_id,)
