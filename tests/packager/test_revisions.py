"""Clusters that overlap and revisions that follow: each package is proposed where and when it has to be."""

from collections.abc import Sequence

from contracts.clusters import ClusterFormed, SharedDeal
from contracts.deal import Deal
from contracts.packages import PackageProposed, PackagingClosed
from contracts.settings import EnrichmentSettings, PackageSettings
from packager.domain import Plan, Proposal, Yardstick
from tests.packager.conftest import Bench
from tests.packager.forming import AUTOMOTIVE, ODD, TRAVEL, formed, packaging_of
from tests.samples import ids


async def test_a_package_of_two_clusters_is_proposed_by_its_owner_alone(bench: Bench) -> None:
    one = await formed(bench, AUTOMOTIVE)
    two = await formed(bench, [*AUTOMOTIVE, *ODD])
    owner = min(one, two, key=lambda each: str(each.cluster_id))
    async with bench.stage.working(bench.build(OnlyAutomotive())):
        pair = sharing(one, two), sharing(two, one)
        await bench.stage.send(*pair, await bench.manifest(*pair))
        [closed] = await bench.stage.published(PackagingClosed)
    packaging = await packaging_of(bench, closed)

    [entry] = [entry for entry in packaging.packages if entry.kind == "package"]
    assert entry.cluster_id == owner.cluster_id
    rows = await bench.stage.rows("select distinct code from read.excluded_deals_v1 order by code")
    assert "shared_elsewhere" in [row["code"] for row in rows]


async def test_a_package_that_an_earlier_revision_has_is_kept_and_not_proposed_again(bench: Bench) -> None:
    before, after = await formed(bench, AUTOMOTIVE), await formed(bench, [*AUTOMOTIVE, *ODD], revision=2)
    async with bench.stage.working(bench.build()):
        await bench.stage.send(before, await bench.manifest(before))
        await bench.stage.published(PackagingClosed)
        await bench.stage.send(after, await bench.manifest(after, revision=2))
        _, closed = await bench.stage.published(PackagingClosed, 2)
        events = in_turn(await bench.stage.published(PackageProposed, 2))
    packaging = await packaging_of(bench, closed)

    assert [(each.kind, each.revision) for each in events] == [("package", 1), ("excluded", 2)]
    made = {entry.kind: (entry.package_id, entry.cluster_id, entry.revision) for entry in packaging.packages}
    assert made == {
        "package": (events[0].package_id, after.cluster_id, 1),
        "excluded": (events[1].package_id, after.cluster_id, 2),
    }


async def test_to_enrich_again_every_package_is_proposed_again_with_the_new_settings(bench: Bench) -> None:
    one, two = await formed(bench, [*AUTOMOTIVE, *ODD]), await formed(bench, TRAVEL)
    settings = PackageSettings(enrichment=EnrichmentSettings(currency="EUR"))
    again = await bench.manifest(one, two, revision=2, redo="enrichment", settings=settings)
    async with bench.stage.working(bench.build()):
        await bench.stage.send(one, two, await bench.manifest(one, two))
        await bench.stage.published(PackagingClosed)
        await bench.stage.send(again)
        first, second = await bench.stage.published(PackagingClosed, 2)
        events = in_turn(await bench.stage.published(PackageProposed, 6))
        await bench.stage.send(await bench.manifest(one, two, revision=3))
        _, _, third = await bench.stage.published(PackagingClosed, 3)
    manifests = [await packaging_of(bench, each) for each in (first, second, third)]

    assert [each.revision for each in events] == [1, 1, 1, 2, 2, 2]
    assert {each.settings.currency for each in events[3:]} == {"EUR"}
    changes = {"revision": 1, "settings": EnrichmentSettings()}
    assert [each.model_copy(update=changes) for each in events[3:]] == events[:3]
    assert [{entry.revision for entry in each.packages} for each in manifests] == [{1}, {2}, {2}]
    assert len(bench.simulator.requests()) == 2


async def test_to_package_again_a_cluster_is_packaged_under_the_new_revision(bench: Bench) -> None:
    one = await formed(bench, AUTOMOTIVE)
    async with bench.stage.working(bench.build()):
        await bench.stage.send(one, await bench.manifest(one))
        await bench.stage.published(PackagingClosed)
        fresh = one.model_copy(update={"revision": 2})
        await bench.stage.send(fresh, await bench.manifest(fresh, revision=2, redo="packaging"))
        _, closed = await bench.stage.published(PackagingClosed, 2)
        events = in_turn(await bench.stage.published(PackageProposed, 2))

    assert [each.revision for each in events] == [1, 2]
    assert events[0].package_id == events[1].package_id
    assert [entry.revision for entry in (await packaging_of(bench, closed)).packages] == [2]


def in_turn(events: Sequence[PackageProposed]) -> list[PackageProposed]:
    """By revision and id: partitions of a topic are not in step."""
    return sorted(events, key=lambda each: (each.revision, str(each.package_id)))


def sharing(event: ClusterFormed, other: ClusterFormed) -> ClusterFormed:
    """Both hold the deals of the smaller one, and each deal is at home in the cluster of the smaller id."""
    home = min(event.cluster_id, other.cluster_id, key=str)
    shared = tuple(
        SharedDeal(item_id=item, home=home, others=(other.cluster_id,))
        for item in sorted({*event.deal_ids} & {*other.deal_ids})
    )
    return event.model_copy(update={"shared": shared})


class OnlyAutomotive:
    """Proposes the same package wherever it can."""

    async def propose(self, cluster: ClusterFormed, deals: Sequence[Deal], by: Yardstick) -> Plan:
        return Plan((Proposal("Cars", ids(AUTOMOTIVE), "They are about cars."),), (), "planned-by-hand")
