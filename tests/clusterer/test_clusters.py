"""Names that follow from the content, manifests that account for everything. No servers."""

from typing import Any, cast
from uuid import UUID

import numpy as np
import pytest

from clusterer.domain import form, frozen_deals, made_by, name_of
from clusterer.handler import Clustered, Clusterer
from clustering import Grouping
from contracts import WorkFailed
from contracts.clusters import Clustering
from contracts.deals import ItemsFrozen
from contracts.settings import ClusterSettings
from objects import MemoryObjects, get_content
from runtime import Failure, RunKey, Transaction
from tests.clusterer.inputs import GONE, MISSING, deals, frozen, lines, npy, vectors_of
from tests.clusterer.memory import MemoryClusters, OwnProcess
from tests.embedder.deals import deal, item

SIZES = ClusterSettings()


def clusterer(store: MemoryObjects, clusters: MemoryClusters | None = None) -> Clusterer:
    return Clusterer(clusters or MemoryClusters(), OwnProcess(), store)


async def clustering_of(store: MemoryObjects, clustered: Clustered) -> Clustering:
    return Clustering.read(await get_content(store, clustered.manifest.clustering))


def ids_of(some: list[Any], settings: ClusterSettings = SIZES) -> set[UUID]:
    frozen = frozen_deals([(lines(some), npy(vectors_of(some)))])
    clusters = form(frozen, Grouping([list(range(len(some)))], []), settings)
    return {cluster.cluster_id for cluster in clusters}


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


def test_the_first_revision_that_had_a_cluster_made_it() -> None:
    one, two = UUID(int=1), UUID(int=2)

    assert made_by([two, one], {one: 1}, 3) == {one: 1, two: 3}


async def test_the_order_of_shards_and_runs_does_not_change_a_byte() -> None:
    some, stores = deals(60), [MemoryObjects(), MemoryObjects()]
    events = [
        await frozen(stores[0], some[:20], some[20:]),
        await frozen(stores[1], some[50:], some[:50], run_id="RUN_2"),
    ]

    one, other = [await clusterer(store).decide(event) for store, event in zip(stores, events, strict=True)]

    assert [cluster.cluster_id for cluster in one.formed] == [cluster.cluster_id for cluster in other.formed]
    assert [cluster.deals for cluster in one.formed] == [cluster.deals for cluster in other.formed]


async def test_too_few_deals_are_excluded_and_none_is_forgotten() -> None:
    store = MemoryObjects()

    clustered = await clusterer(store).decide(await frozen(store, deals(3)))

    clustering = await clustering_of(store, clustered)
    assert clustered.formed == ()
    assert clustering.failed == (MISSING,)
    assert {one.item_id: one.code for one in clustering.excluded} == {
        **{item(number): "too_few" for number in range(3)},
        GONE.item_id: "withdrawn",
    }
    assert (clustered.manifest.failed, clustered.manifest.excluded) == (1, 4)


async def test_giving_up_fails_every_deal_with_the_reason() -> None:
    store = MemoryObjects()
    event = await frozen(store, deals(12))

    clustered = await clusterer(store).give_up(event, Failure("crashes", "5 attempts crashed"))

    clustering = await clustering_of(store, clustered)
    assert {one.item_id: one.code for one in clustering.failed} == {
        **{item(number): "crashes" for number in range(12)},
        MISSING.item_id: "not_published",
    }
    assert clustering.excluded == (GONE,)


async def test_a_revision_tells_its_manifest_once() -> None:
    store, clusters = MemoryObjects(), MemoryClusters()
    stage, event = clusterer(store, clusters), await frozen(store, deals(60))
    tx = Transaction(cast("Any", None), RunKey("main", "RUN_1", 1), "")
    clustered = await stage.decide(event)

    first = await stage.record(tx, event, clustered)

    assert first == [*clustered.formed, clustered.manifest]
    assert await stage.record(tx, event, await stage.give_up(event, Failure("crashes", ""))) == []


async def test_a_retry_with_more_deals_keeps_the_clusters_that_did_not_change() -> None:
    store, clusters = MemoryObjects(), MemoryClusters()
    stage, event = clusterer(store, clusters), await frozen(store, deals(60))
    tx = Transaction(cast("Any", None), RunKey("main", "RUN_1", 1), "")
    first = await stage.decide(event)
    await stage.record(tx, event, first)

    again: ItemsFrozen = await frozen(store, deals(60), revision=2)
    second = await stage.decide(again)

    assert second.formed == ()
    assert {entry.revision for entry in (await clustering_of(store, second)).clusters} == {1}
