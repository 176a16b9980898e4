"""Later revisions: what is taken over, done again, withdrawn or back; and excluded deals described."""

import json
from collections.abc import Sequence
from uuid import UUID

from contracts.deal import Deal
from contracts.packages import PackageEnriched, PackageProposed, PackageWithdrawn
from contracts.quality import Quality
from contracts.runs import RunCommanded, RunFinished
from tests.enricher.conftest import Bench
from tests.enricher.fakes import OneAdvisor
from tests.samples import RUN_ID, deals, excluded, ids, keep_bodies, package

CARS = deals(4)
TRAVEL = deals(3, start=101, taxonomy={"tier1": "Travel"})
ODD = deals(2, start=901, taxonomy={"tier1": "Pets"})
ALL = [*CARS, *TRAVEL, *ODD]


async def proposal(bench: Bench, found: Sequence[Deal], revision: int = 1) -> PackageProposed:
    bodies = await keep_bodies(bench.stage.store, bench.stage.tenant, found)
    return package(found, bodies, tenant=bench.stage.tenant, revision=revision)


async def finish(
    bench: Bench, items: Sequence[Deal], *packages: PackageProposed, revision: int, **made_by: int
) -> RunFinished:
    """Send the manifest of a revision and wait for its end. `made_by`: cars=1 and the like."""
    named = {"cars": CARS, "travel": TRAVEL}
    by_id: dict[UUID, int] = {package(named[name]).package_id: made for name, made in made_by.items()}
    await bench.stage.send(await bench.closed(items, *packages, revision=revision, made_by=by_id))
    return (await bench.stage.published(RunFinished, revision))[-1]


async def test_what_is_no_longer_offered_is_withdrawn_and_says_why(bench: Bench) -> None:
    cars, travel = await proposal(bench, CARS), await proposal(bench, TRAVEL)
    async with bench.stage.working(bench.build(OneAdvisor())):
        await bench.stage.send(cars, travel)
        await finish(bench, ALL, cars, travel, revision=1)
        await finish(bench, TRAVEL, travel, revision=2)
        [withdrawn] = await bench.stage.published(PackageWithdrawn)

    assert (withdrawn.package_id, withdrawn.revision, withdrawn.code) == (cars.package_id, 2, "deal_gone")
    assert await bench.stage.value("select count(*) from read.packages_offered_v1 where revision = 2") == 1


async def test_what_comes_back_is_announced_again_without_a_question(bench: Bench) -> None:
    cars, travel = await proposal(bench, CARS), await proposal(bench, TRAVEL)
    async with bench.stage.working(bench.build()):
        await bench.stage.send(cars, travel)
        await finish(bench, ALL, cars, travel, revision=1)
        await finish(bench, ALL, travel, revision=2)
        await finish(bench, ALL, cars, travel, revision=3)
        told = await bench.stage.published(PackageEnriched, 3)
        [withdrawn] = await bench.stage.published(PackageWithdrawn)

    assert (withdrawn.revision, withdrawn.code) == (2, "packaged_anew")
    first, again = [one for one in told if one.package_id == cars.package_id]
    assert (first.revision, again.revision) == (1, 3)
    assert again == first.model_copy(update={"revision": 3})
    assert len(bench.simulator.requests()) == 2


async def test_a_package_that_is_proposed_again_is_enriched_again_under_the_new_revision(
    bench: Bench,
) -> None:
    cars = await proposal(bench, CARS)
    async with bench.stage.working(bench.build()):
        await bench.stage.send(cars)
        await finish(bench, ALL, cars, revision=1)
        await bench.stage.send(await proposal(bench, CARS, revision=2))
        await finish(bench, ALL, cars, revision=2, cars=2)
        told = await bench.stage.published(PackageEnriched, 2)

    assert [one.revision for one in told] == [1, 2]
    assert len(bench.simulator.requests()) == 1, "the stored answer serves both"
    rows = await bench.stage.rows("select revision from read.packages_enriched_v1 order by revision")
    assert [row["revision"] for row in rows] == [1, 2]
    assert await bench.stage.value("select count(*) from outbox where topic = 'package.withdrawn.v1'") == 0


async def test_a_cancelled_revision_withdraws_nothing(bench: Bench) -> None:
    cars, travel = await proposal(bench, CARS), await proposal(bench, TRAVEL)
    tenant = bench.stage.tenant
    async with bench.stage.working(bench.build(OneAdvisor())):
        await bench.stage.send(cars)
        await finish(bench, ALL, cars, revision=1)
        await bench.stage.send(RunCommanded(tenant=tenant, run_id=RUN_ID, revision=2, command="cancel"))
        await bench.stage.seen(
            "select count(*) from run where state = 'cancelled'", 1, what="it is cancelled"
        )
        await bench.stage.send(await proposal(bench, TRAVEL, revision=2))
        ended = await finish(bench, ALL, travel, revision=2, travel=2)

    assert ended.status == "cancelled"
    assert await bench.stage.value("select count(*) from outbox where topic = 'package.withdrawn.v1'") == 0
    assert await bench.stage.value("select max(revision) from offering") == 1


async def test_the_quality_of_a_run_is_told_at_its_end_and_kept(bench: Bench) -> None:
    cars = await proposal(bench, CARS)
    async with bench.stage.working(bench.build(OneAdvisor())):
        await bench.stage.send(cars)
        finished = await finish(bench, ALL, cars, revision=1)

    assert finished.quality is not None
    assert finished.quality.coverage == round(4 / 9, 6)
    assert finished.quality.tier1_purity == 1
    assert finished.quality.similarity is None, "the vectors of this test lie nowhere"
    [row] = await bench.stage.rows("select quality from read.outcomes_v1")
    assert Quality.read(row["quality"]) == finished.quality


async def test_excluded_deals_are_described_without_a_model_once_for_each_revision(bench: Bench) -> None:
    bodies = await keep_bodies(bench.stage.store, bench.stage.tenant, ODD)
    cars = await proposal(bench, CARS)
    left_out = excluded(ODD, bodies, tenant=bench.stage.tenant)
    orders = [
        RunCommanded(tenant=bench.stage.tenant, run_id=RUN_ID, command="backfill", number=number)
        for number in (1, 2)
    ]
    async with bench.stage.working(bench.build(OneAdvisor())):
        await bench.stage.send(cars, left_out)
        await finish(bench, ALL, cars, left_out, revision=1)
        await bench.stage.send(*orders)
        done = "select count(*) from inbox where name = 'run.commanded.v1' and state = 'done'"
        await bench.stage.seen(done, 2, what="both orders are obeyed")

    [row] = await bench.stage.rows("select * from read.packages_backfilled_v1")
    assert (row["package_id"], row["package_name"]) == (left_out.package_id, "Excluded deals")
    assert [one["item_id"] for one in json.loads(row["excluded"])] == list(ids(ODD))
    assert json.loads(row["aggregates"])["tier1"] == [{"name": "Pets", "deals": 2}]
    assert bench.simulator.requests() == []
    assert len(await bench.stage.published(RunFinished)) == 1
