"""The clusterer on real Kafka, Postgres and S3."""

from contracts.clusters import ClusterFormed, Clustering, DealsClustered
from contracts.deal import Deal
from contracts.deals import ItemsFrozen
from contracts.runs import RunCommanded
from objects import ObjectStore, get_content
from runtime import Stage
from tests.clusterer.inputs import GONE, MISSING, deals, frozen
from tests.runtime.conftest import Bench
from tests.until import until


async def formed(bench: Bench, count: int) -> list[ClusterFormed]:
    return [ClusterFormed.read(record.value) for record in await bench.published(ClusterFormed, count)]


async def manifests(bench: Bench, count: int = 1) -> list[DealsClustered]:
    return [DealsClustered.read(record.value) for record in await bench.published(DealsClustered, count)]


async def clustering_of(store: ObjectStore, manifest: DealsClustered) -> Clustering:
    return Clustering.read(await get_content(store, manifest.clustering))


async def test_every_deal_of_the_input_is_in_one_cluster_whose_bodies_can_be_read(
    bench: Bench, stage: Stage, s3: ObjectStore
) -> None:
    some = deals(60)
    async with bench.working(stage):
        await bench.send(await frozen(s3, some[:40], some[40:]))
        [manifest] = await manifests(bench)
        clusters = await formed(bench, manifest.clusters)

    clustering = await clustering_of(s3, manifest)
    assert {entry.cluster_id for entry in clustering.clusters} == {one.cluster_id for one in clusters}
    assert (clustering.failed, clustering.excluded) == ((MISSING,), (GONE,))
    assert {item for one in clusters for item in one.deal_ids} == {one.item_id for one in some}
    for one in clusters:
        bodies = (await get_content(s3, one.deals)).splitlines()
        assert tuple(Deal.read(body).item_id for body in bodies) == one.deal_ids
        assert one.budget_usd == 2


async def test_a_later_revision_takes_its_clusters_over_and_forms_only_new_ones(
    bench: Bench, stage: Stage, s3: ObjectStore
) -> None:
    some = deals(60)
    async with bench.working(stage):
        await bench.send(await frozen(s3, some))
        [first] = await manifests(bench)
        await bench.send(await frozen(s3, some, revision=2))
        _, second = await manifests(bench, 2)
        clusters = await formed(bench, first.clusters)

    clustering = await clustering_of(s3, second)
    assert {entry.revision for entry in clustering.clusters} == {1}
    assert (second.revision, len(clusters)) == (2, first.clusters)
    assert await bench.value("select count(*) from outbox where topic = $1", ClusterFormed.topic) == len(
        clusters
    )


async def test_a_run_cancelled_before_its_input_comes_fails_every_deal_of_it(
    bench: Bench, stage: Stage, s3: ObjectStore
) -> None:
    async with bench.working(stage):
        await bench.send(RunCommanded(run_id="RUN_1", command="cancel"))

        async def cancelled() -> bool:
            return bool(await bench.value("select count(*) from run where state = 'cancelled'"))

        await until(cancelled, what="the cancelled run")
        await bench.send(await frozen(s3, deals(12)))
        [manifest] = await manifests(bench)

    clustering = await clustering_of(s3, manifest)
    assert clustering.clusters == ()
    assert {one.code for one in clustering.failed} == {"cancelled", "not_published"}
    assert len(clustering.failed) == 13


async def test_an_empty_input_gives_an_empty_manifest(bench: Bench, stage: Stage, s3: ObjectStore) -> None:
    async with bench.working(stage):
        await bench.send(await frozen(s3))
        [manifest] = await manifests(bench)

    assert (manifest.clusters, manifest.failed, manifest.excluded) == (0, 1, 1)


async def test_an_input_that_is_gone_still_ends_the_run(bench: Bench, stage: Stage, s3: ObjectStore) -> None:
    lost = await frozen(s3, deals(12))
    nowhere = lost.snapshot.model_copy(update={"key": "main/snapshots/nowhere.json"})
    async with bench.working(stage):
        await bench.send(ItemsFrozen(run_id="RUN_1", snapshot=nowhere, items=12))
        [manifest] = await manifests(bench)

    assert manifest.clusters == 0
    assert await bench.value(
        "select reason like 'object_missing%' from inbox where name = $1", ItemsFrozen.topic
    )


async def test_the_views_show_what_was_formed(bench: Bench, stage: Stage, s3: ObjectStore) -> None:
    async with bench.working(stage):
        await bench.send(await frozen(s3, deals(60)))
        [manifest] = await manifests(bench)

    assert await bench.value("select sum(deals) from read.clusters_v1 where run_id = 'RUN_1'") >= 60
    assert await bench.value("select count(distinct item_id) from read.cluster_deals_v1") == 60
    [row] = await bench.fetch("select * from read.clusterings_v1")
    assert row == {
        "tenant": "main",
        "run_id": "RUN_1",
        "revision": 1,
        "clustering_key": manifest.clustering.key,
        "clustering_sha256": manifest.clustering.sha256,
        "clusters": manifest.clusters,
        "failed": 1,
        "excluded": 1,
    }
