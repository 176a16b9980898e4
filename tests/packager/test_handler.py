"""What the packager's handlers do in cases that a whole run seldom sees."""

from decimal import Decimal
from typing import Any, cast

from contracts.clusters import ClusterFormed
from contracts.packages import Packaging, PackagingClosed
from contracts.runs import RunCommanded
from objects import MemoryObjects, get_content
from packager.adapters import StoredDeals, StoredManifests
from packager.domain import Begun
from packager.handler import ClosePackaging, PackageCluster
from runtime import Closing, Failure, Member, RunKey, SetBudget, Transaction
from tests.packager.fakes import EqualRates, MemoryBudgets, MemoryPackages, MemoryRuns, OnePackagePlanner
from tests.samples import NOWHERE, RUN_ID, cluster, deals, keep_bodies

RUN = RunKey("main", RUN_ID, 1)
TX = Transaction(cast("Any", None), RUN, "")
DEALS = deals(4)
CLUSTER = cluster(DEALS)


async def closed(*members: Member[ClusterFormed]) -> tuple[PackagingClosed, Packaging]:
    store, runs = MemoryObjects(), MemoryRuns({RUN: Begun(NOWHERE)})
    closer = ClosePackaging(MemoryPackages(), StoredManifests(store), runs)
    event = (await closer.decide(Closing(RUN, members, cancelled=False))).event
    return event, Packaging.read(await get_content(store, event.packaging))


async def test_a_cluster_whose_event_never_got_in_is_failed_without_deals() -> None:
    lost: Member[ClusterFormed] = Member(CLUSTER.entity, "failed", 1, None, Failure("json", "not JSON"))

    event, packaging = await closed(lost)

    assert event.failed_clusters == 1
    [failed] = packaging.failed_clusters
    assert (failed.cluster_id, failed.deal_ids, failed.code) == (CLUSTER.cluster_id, (), "json")


async def test_a_cancelled_cluster_names_its_deals() -> None:
    cancelled = Member(CLUSTER.entity, "cancelled", 1, CLUSTER, Failure("cancelled", "the run was cancelled"))

    _, packaging = await closed(cancelled)

    assert packaging.failed_clusters[0].deal_ids == CLUSTER.deal_ids


async def test_deciding_twice_gives_equal_events() -> None:
    store = MemoryObjects()
    bodies = await keep_bodies(store, "main", DEALS)
    handler = PackageCluster(StoredDeals(store), OnePackagePlanner(), MemoryPackages(), EqualRates())
    event = cluster(DEALS, bodies, budget_usd=2.5)

    first, second = [await handler.record(TX, event, await handler.decide(event)) for _ in range(2)]

    assert [each.event_id for each in first] == [each.event_id for each in second]
    assert first[0].budget_usd == 2.5
    assert first[0].settings == event.settings.enrichment


async def test_only_raising_the_budget_sets_a_limit() -> None:
    budgets = MemoryBudgets()
    handler = SetBudget(budgets)

    await handler.decide(RunCommanded(run_id=RUN_ID, command="cancel"))
    assert budgets.limits == {}

    await handler.decide(RunCommanded(run_id=RUN_ID, command="raise_budget", budget_usd=0.1))
    assert budgets.limits == {("main", RUN_ID): Decimal("0.1")}
