"""The packager on real Kafka, Postgres and S3, asking the simulator over HTTP."""

from collections.abc import Sequence

from contracts import InvalidEvent
from contracts.clusters import ClusterFormed
from contracts.deal import Deal
from contracts.packages import PackageProposed, PackagingClosed
from contracts.runs import EventBuried, RunCommanded
from packager.domain import Plan, Yardstick
from tests.packager.conftest import Bench
from tests.packager.fakes import OnePackagePlanner
from tests.packager.forming import AUTOMOTIVE, ODD, TRAVEL, accounted, formed, packaging_of
from tests.samples import RUN_ID, cluster, ids


class FailsFor:
    """A planner that has no plan for one cluster."""

    def __init__(self, broken: ClusterFormed, error: Exception) -> None:
        self.broken: ClusterFormed | None = broken
        self.error = error

    async def propose(self, cluster: ClusterFormed, deals: Sequence[Deal], by: Yardstick) -> Plan:
        if self.broken and cluster.cluster_id == self.broken.cluster_id:
            raise self.error
        return await OnePackagePlanner().propose(cluster, deals, by)


async def test_every_deal_of_a_cluster_comes_out_in_a_package_or_excluded(bench: Bench) -> None:
    event = await formed(bench, [*AUTOMOTIVE, *TRAVEL, *ODD])
    async with bench.stage.working(bench.build()):
        await bench.stage.send(event, await bench.manifest(event))
        [closed] = await bench.stage.published(PackagingClosed)
        events = await bench.stage.published(PackageProposed, closed.packages + closed.excluded_packages)

    assert accounted(events) == list(event.deal_ids)
    assert (closed.packages, closed.excluded_packages, closed.failed_clusters) == (2, 1, 0)
    assert {each.model for each in events} == {"assort-simulator-1"}
    assert {each.deals for each in events} == {event.deals}


async def test_the_tables_say_the_same_as_the_events(bench: Bench) -> None:
    event = await formed(bench, [*AUTOMOTIVE, *ODD])
    async with bench.stage.working(bench.build()):
        await bench.stage.send(event, await bench.manifest(event))
        [closed] = await bench.stage.published(PackagingClosed)
        events = await bench.stage.published(PackageProposed, 2)

    rows = await bench.stage.rows(
        "select package_id, kind, deal_ids from read.packages_v1 order by package_id"
    )
    assert [(row["package_id"], row["kind"], tuple(row["deal_ids"])) for row in rows] == sorted(
        (each.package_id, each.kind, each.deal_ids) for each in events
    )
    assert await bench.stage.value("select item_id from read.excluded_deals_v1") == ids(ODD)[0]
    placed = await bench.stage.rows("select item_id from read.package_deals_v1 order by item_id")
    assert [row["item_id"] for row in placed] == list(ids(AUTOMOTIVE))
    [row] = await bench.stage.rows(
        "select packaging_key, packages, excluded_packages from read.packagings_v1"
    )
    assert row == {"packaging_key": closed.packaging.key, "packages": 1, "excluded_packages": 1}


async def test_the_manifest_names_every_package_and_what_made_it(bench: Bench) -> None:
    event, other = await formed(bench, AUTOMOTIVE), await formed(bench, TRAVEL)
    manifest = await bench.manifest(event, other)
    async with bench.stage.working(bench.build()):
        await bench.stage.send(manifest, event, other)
        [closed] = await bench.stage.published(PackagingClosed)
        events = await bench.stage.published(PackageProposed, 2)
    packaging = await packaging_of(bench, closed)

    assert packaging.clustering == manifest.clustering
    assert [entry.package_id for entry in packaging.packages] == sorted(
        (each.package_id for each in events), key=str
    )
    assert {entry.revision for entry in packaging.packages} == {1}


async def test_a_run_without_clusters_closes_with_nothing(bench: Bench) -> None:
    async with bench.stage.working(bench.build()):
        await bench.stage.send(await bench.manifest())
        [closed] = await bench.stage.published(PackagingClosed)

    assert (await packaging_of(bench, closed)).packages == ()


async def test_repeated_events_change_nothing_and_are_not_paid_for_again(bench: Bench) -> None:
    event = await formed(bench, AUTOMOTIVE)
    manifest = await bench.manifest(event)
    async with bench.stage.working(bench.build()):
        for _ in range(3):
            await bench.stage.send(event, manifest)
        await bench.stage.published(PackagingClosed)
        second = (await formed(bench, TRAVEL)).model_copy(update={"run_id": "RUN_2"})
        await bench.stage.send(second)
        await bench.stage.published(PackageProposed, 2)

    assert await bench.stage.value("select count(*) from outbox") == 3
    assert len(bench.simulator.requests()) == 2


async def test_the_same_cluster_in_another_run_gives_the_same_packages_for_nothing(bench: Bench) -> None:
    event = await formed(bench, AUTOMOTIVE)
    async with bench.stage.working(bench.build()):
        await bench.stage.send(event)
        await bench.stage.published(PackageProposed)
        await bench.stage.send(event.model_copy(update={"run_id": "RUN_2"}))
        first, second = await bench.stage.published(PackageProposed, 2)

    assert first == second.model_copy(update={"run_id": first.run_id})
    assert len(bench.simulator.requests()) == 1


async def test_an_answer_with_invented_deals_is_asked_for_again(bench: Bench) -> None:
    bench.simulator.set(faults=[{"kind": "invented_ids", "first_n": 1}])
    event = await formed(bench, AUTOMOTIVE)
    async with bench.stage.working(bench.build()):
        await bench.stage.send(event)
        [proposed] = await bench.stage.published(PackageProposed)

    assert proposed.deal_ids == ids(AUTOMOTIVE)
    assert len(bench.simulator.requests()) == 2


async def test_a_forgotten_deal_is_excluded_and_not_lost(bench: Bench) -> None:
    bench.simulator.set(faults=[{"kind": "missing_ids"}])
    event = await formed(bench, AUTOMOTIVE)
    async with bench.stage.working(bench.build()):
        await bench.stage.send(event)
        events = await bench.stage.published(PackageProposed, 2)

    assert accounted(events) == list(ids(AUTOMOTIVE))
    assert [each.code for event in events for each in event.excluded] == ["not_proposed"]


async def test_answers_that_stay_bad_fail_the_cluster_which_names_its_deals(bench: Bench) -> None:
    bench.simulator.set(faults=[{"kind": "invented_ids"}])
    event = await formed(bench, AUTOMOTIVE)
    async with bench.stage.working(bench.build()):
        await bench.stage.send(event, await bench.manifest(event))
        [closed] = await bench.stage.published(PackagingClosed)
    [failed] = (await packaging_of(bench, closed)).failed_clusters

    assert (failed.cluster_id, failed.deal_ids, failed.code) == (
        event.cluster_id,
        event.deal_ids,
        "bad_answer",
    )


async def test_a_retry_asks_for_failed_clusters_alone(bench: Bench) -> None:
    good, bad = await formed(bench, AUTOMOTIVE), await formed(bench, TRAVEL)
    planner = FailsFor(bad, InvalidEvent("nonsense", "for now"))
    async with bench.stage.working(bench.build(planner)):
        await bench.stage.send(good, bad, await bench.manifest(good, bad))
        await bench.stage.published(PackagingClosed)
        planner.broken = None
        await bench.stage.send(await bench.manifest(good, bad, revision=2))
        _, closed = await bench.stage.published(PackagingClosed, 2)
    packaging = await packaging_of(bench, closed)

    assert closed.revision == 2
    assert packaging.failed_clusters == ()
    assert {entry.cluster_id: entry.revision for entry in packaging.packages} == {
        good.cluster_id: 1,
        bad.cluster_id: 2,
    }


async def test_a_cluster_whose_bodies_are_missing_fails_alone(bench: Bench) -> None:
    good = await formed(bench, AUTOMOTIVE)
    gone = good.deals.model_copy(update={"key": f"{bench.stage.tenant}/bodies/gone.jsonl"})
    lost = cluster(TRAVEL, gone, tenant=bench.stage.tenant)
    async with bench.stage.working(bench.build()):
        await bench.stage.send(good, lost, await bench.manifest(good, lost))
        [closed] = await bench.stage.published(PackagingClosed)
    packaging = await packaging_of(bench, closed)

    assert [(each.cluster_id, each.code) for each in packaging.failed_clusters] == [
        (lost.cluster_id, "object_missing")
    ]
    assert [entry.cluster_id for entry in packaging.packages] == [good.cluster_id]


async def test_bodies_of_other_deals_make_a_dead_letter(bench: Bench) -> None:
    other = await formed(bench, TRAVEL)
    wrong = cluster(AUTOMOTIVE, other.deals, tenant=bench.stage.tenant)
    async with bench.stage.working(bench.build()):
        await bench.stage.send(wrong, await bench.manifest(wrong))
        [buried] = await bench.stage.published(EventBuried)
        [closed] = await bench.stage.published(PackagingClosed)

    assert buried.code == "bodies"
    assert closed.failed_clusters == 1


async def test_a_lost_manifest_closes_the_run_instead_of_holding_it_for_ever(bench: Bench) -> None:
    manifest = await bench.manifest()
    gone = manifest.clustering.model_copy(update={"key": f"{bench.stage.tenant}/manifests/gone.json"})
    async with bench.stage.working(bench.build()):
        await bench.stage.send(manifest.model_copy(update={"clustering": gone}))
        [closed] = await bench.stage.published(PackagingClosed)

    assert (await packaging_of(bench, closed)).clustering == gone


async def test_a_run_without_budget_asks_nothing_until_it_is_raised(bench: Bench) -> None:
    event = await formed(bench, AUTOMOTIVE, budget_usd=0)
    async with bench.stage.working(bench.build()):
        await bench.stage.send(event)
        await bench.stage.seen("select parks > 0 from inbox", expected=True, what="the work that waits")
        assert bench.simulator.requests() == []

        await bench.stage.send(
            RunCommanded(tenant=bench.stage.tenant, run_id=RUN_ID, command="raise_budget", budget_usd=1)
        )
        [proposed] = await bench.stage.published(PackageProposed)

    assert proposed.deal_ids == ids(AUTOMOTIVE)


async def test_a_cancelled_run_names_the_deals_of_its_open_clusters(bench: Bench) -> None:
    bench.simulator.set(faults=[{"kind": "hang"}])
    event = await formed(bench, AUTOMOTIVE)
    async with bench.stage.working(bench.build()):
        await bench.stage.send(event, await bench.manifest(event))
        await bench.stage.seen(
            "select count(*) from llm.slot", expected=1, what="a question that is under way"
        )
        await bench.stage.send(RunCommanded(tenant=bench.stage.tenant, run_id=RUN_ID, command="cancel"))
        [closed] = await bench.stage.published(PackagingClosed)
    [failed] = (await packaging_of(bench, closed)).failed_clusters

    assert (failed.code, failed.deal_ids) == ("cancelled", event.deal_ids)
