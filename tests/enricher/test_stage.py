"""The enricher on real Kafka, Postgres and S3, asking the simulator over HTTP."""

import json
from collections.abc import Sequence

from contracts import WorkFailed
from contracts.deal import Deal
from contracts.packages import (
    Aggregates,
    FailedCluster,
    Outcome,
    PackageEnriched,
    PackageProposed,
    Packaging,
    PackagingClosed,
)
from contracts.runs import RunCommanded, RunFinished
from contracts.safety import SafetyRisk
from contracts.unplaced import Unplaced
from enricher.domain import Enrichment
from objects import get_content, put_content
from tests.enricher.conftest import Bench
from tests.enricher.fakes import OneAdvisor
from tests.samples import RUN_ID, cluster, deal, deals, excluded, ids, keep_bodies, package

CARS = deals(4)
TRAVEL = deals(3, start=101, taxonomy={"tier1": "Travel"})
ODD = deals(2, start=901, taxonomy={"tier1": "Pets"})


async def proposal(bench: Bench, found: Sequence[Deal]) -> PackageProposed:
    bodies = await keep_bodies(bench.stage.store, bench.stage.tenant, found)
    return package(found, bodies, tenant=bench.stage.tenant)


async def outcome_of(bench: Bench, finished: RunFinished) -> Outcome:
    assert finished.outcome is not None
    return Outcome.read(await get_content(bench.stage.store, finished.outcome))


class FailsFor:
    """An advisor that has nothing to say about one package."""

    def __init__(self, broken: PackageProposed) -> None:
        self.broken: PackageProposed | None = broken

    async def advise(
        self, package: PackageProposed, deals: Sequence[Deal], aggregates: Aggregates
    ) -> Enrichment:
        if self.broken is not None and package.package_id == self.broken.package_id:
            raise WorkFailed("bad_answer", "for now")
        return await OneAdvisor().advise(package, deals, aggregates)


async def test_a_package_is_enriched_and_keeps_its_deals(bench: Bench) -> None:
    unsafe = [*CARS[:3], deal(4, safety={"garm_risk_rating": "Floor"})]
    event = await proposal(bench, unsafe)
    async with bench.stage.working(bench.build()):
        await bench.stage.send(event)
        [enriched] = await bench.stage.published(PackageEnriched)

    assert (enriched.deal_ids, enriched.package_name) == (event.deal_ids, event.package_name)
    assert enriched.aggregates.safety.worst is SafetyRisk.FLOOR
    assert enriched.aggregates.safety.caused_by == ("bidswitch.com/4",)
    assert enriched.advice.description.startswith(event.package_name)
    assert enriched.model == "assort-simulator-1"


async def test_the_tables_say_the_same_as_the_event(bench: Bench) -> None:
    async with bench.stage.working(bench.build()):
        await bench.stage.send(await proposal(bench, CARS))
        [enriched] = await bench.stage.published(PackageEnriched)

    [row] = await bench.stage.rows("select * from read.packages_enriched_v1")
    assert (row["package_id"], tuple(row["deal_ids"])) == (enriched.package_id, enriched.deal_ids)
    assert json.loads(row["aggregates"]) == enriched.aggregates.model_dump(mode="json")
    assert json.loads(row["advice"]) == enriched.advice.model_dump(mode="json")


async def test_a_call_whose_row_was_lost_is_in_the_cost_of_its_run(bench: Bench) -> None:
    event = await proposal(bench, CARS)
    async with bench.stage.working(bench.build()):
        await bench.stage.send(event)
        await bench.stage.published(PackageEnriched)
        await bench.stage.pool.execute("delete from llm.llm_interaction_index")
        await bench.stage.send(await bench.closed(CARS, event))
        [finished] = await bench.stage.published(RunFinished)

    assert (finished.cost.calls, finished.cost.unpriced_calls) == (1, 0)
    assert finished.cost.usd > 0


async def test_a_run_finishes_once_and_says_what_became_of_every_deal(bench: Bench) -> None:
    cars, left_out = await proposal(bench, CARS), excluded(ODD, tenant=bench.stage.tenant)
    missing = Unplaced(item_id="bidswitch.com/777", code="not_published")
    failed = FailedCluster(cluster_id=cluster(TRAVEL).cluster_id, deal_ids=ids(TRAVEL), code="bad_answer")
    closed = await bench.closed(
        [*CARS, *TRAVEL, *ODD], cars, left_out, failed_clusters=[failed], not_there=[missing]
    )
    async with bench.stage.working(bench.build()):
        for _ in range(2):
            await bench.stage.send(cars, left_out, closed)
        [finished] = await bench.stage.published(RunFinished)
    outcome = await outcome_of(bench, finished)

    assert outcome.placed == ids(CARS)
    assert [each.item_id for each in outcome.excluded] == list(ids(ODD))
    assert {each.code for each in outcome.failed} == {"bad_answer", "not_published"}
    assert (finished.status, finished.words) == (
        "completed_with_failures",
        "3 failed: bad_answer, 1 failed: not_published",
    )
    assert (finished.counts.placed, finished.counts.failed, finished.counts.excluded) == (4, 4, 2)
    assert await bench.stage.value("select count(*) from outbox") == 2


async def test_excluded_packages_are_on_record_and_nobody_is_asked_about_them(bench: Bench) -> None:
    left_out = excluded(ODD, tenant=bench.stage.tenant)
    async with bench.stage.working(bench.build()):
        await bench.stage.send(left_out, await bench.closed(ODD, left_out))
        [finished] = await bench.stage.published(RunFinished)

    assert (finished.status, finished.counts.excluded_packages) == ("completed", 1)
    assert bench.simulator.requests() == []


async def test_a_run_without_packages_finishes_at_once(bench: Bench) -> None:
    async with bench.stage.working(bench.build()):
        await bench.stage.send(await bench.closed([]))
        [finished] = await bench.stage.published(RunFinished)

    assert (finished.status, finished.cost.calls) == ("completed", 0)


async def test_what_the_calls_cost_is_told_at_the_end(bench: Bench) -> None:
    cars = await proposal(bench, CARS)
    async with bench.stage.working(bench.build()):
        await bench.stage.send(cars, await bench.closed(CARS, cars))
        [finished] = await bench.stage.published(RunFinished)

    assert finished.cost.calls == 1
    assert finished.cost.usd > 0
    [row] = await bench.stage.rows("select status, cost, outcome_key from read.outcomes_v1")
    assert json.loads(row["cost"]) == finished.cost.model_dump()
    assert finished.outcome is not None
    assert row["outcome_key"] == finished.outcome.key


async def test_deals_of_a_package_that_failed_are_failed_and_a_retry_places_them(bench: Bench) -> None:
    cars, travel = await proposal(bench, CARS), await proposal(bench, TRAVEL)
    items = [*CARS, *TRAVEL]
    advisor = FailsFor(travel)
    async with bench.stage.working(bench.build(advisor)):
        await bench.stage.send(cars, travel, await bench.closed(items, cars, travel))
        [first] = await bench.stage.published(RunFinished)
        advisor.broken = None
        await bench.stage.send(await bench.closed(items, cars, travel, revision=2))
        _, second = await bench.stage.published(RunFinished, 2)

    failed = await outcome_of(bench, first)
    assert [each.item_id for each in failed.failed] == list(ids(TRAVEL))
    assert [each.package_id for each in failed.failed_packages] == [travel.package_id]
    assert (first.status, second.status) == ("completed_with_failures", "completed")
    assert (await outcome_of(bench, second)).placed == tuple(sorted(ids(items)))
    rows = await bench.stage.rows("select package_id, revision from read.packages_enriched_v1")
    assert {row["package_id"]: row["revision"] for row in rows} == {cars.package_id: 1, travel.package_id: 2}


async def test_a_run_in_which_nothing_was_placed_has_failed(bench: Bench) -> None:
    cars = await proposal(bench, CARS)
    async with bench.stage.working(bench.build(FailsFor(cars))):
        await bench.stage.send(cars, await bench.closed(CARS, cars))
        [finished] = await bench.stage.published(RunFinished)

    assert finished.status == "failed"


async def test_a_cancelled_run_ends_as_cancelled(bench: Bench) -> None:
    bench.simulator.set(faults=[{"kind": "hang"}])
    cars = await proposal(bench, CARS)
    async with bench.stage.working(bench.build()):
        await bench.stage.send(cars, await bench.closed(CARS, cars))
        await bench.stage.seen("select count(*) from llm.slot", expected=1, what="a question under way")
        await bench.stage.send(RunCommanded(tenant=bench.stage.tenant, run_id=RUN_ID, command="cancel"))
        [finished] = await bench.stage.published(RunFinished)

    assert finished.status == "cancelled"
    assert {each.code for each in (await outcome_of(bench, finished)).failed} == {"cancelled"}


async def test_answers_that_are_not_fit_for_buyers_are_asked_for_again(bench: Bench) -> None:
    bench.simulator.set(faults=[{"kind": "invalid_json", "first_n": 1}])
    async with bench.stage.working(bench.build()):
        await bench.stage.send(await proposal(bench, CARS))
        await bench.stage.published(PackageEnriched)

    assert len(bench.simulator.requests()) == 2


async def test_a_lost_manifest_ends_the_run_as_failed_and_says_why(bench: Bench) -> None:
    closed = await bench.closed(CARS)
    gone = closed.packaging.model_copy(update={"key": f"{bench.stage.tenant}/manifests/gone.json"})
    async with bench.stage.working(bench.build()):
        await bench.stage.send(closed.model_copy(update={"packaging": gone}))
        [finished] = await bench.stage.published(RunFinished)

    assert (finished.status, finished.outcome) == ("failed", None)
    assert "gone.json" in finished.words


async def test_a_manifest_behind_the_manifest_that_is_lost_ends_the_run_as_failed(bench: Bench) -> None:
    event: PackagingClosed = await bench.closed(CARS)
    async with bench.stage.working(bench.build()):
        lost = await lose_clustering(bench, event)
        await bench.stage.send(lost)
        [finished] = await bench.stage.published(RunFinished)

    assert (finished.status, finished.outcome) == ("failed", None)


async def lose_clustering(bench: Bench, event: PackagingClosed) -> PackagingClosed:
    packaging = Packaging.read(await get_content(bench.stage.store, event.packaging))
    gone = packaging.clustering.model_copy(update={"key": f"{bench.stage.tenant}/manifests/gone.json"})
    body = packaging.model_copy(update={"clustering": gone}).canonical()
    reference = await put_content(bench.stage.store, f"{bench.stage.tenant}/manifests", body, count=0)
    return event.model_copy(update={"packaging": reference})
