"""The rules of a run and its questions, on real servers, asking the simulator over HTTP."""

from contracts.clusters import ClusterFormed
from contracts.packages import PackageProposed, PackagingClosed
from contracts.settings import LlmSettings, PackageSettings, PackingSettings
from tests.packager.conftest import Bench
from tests.packager.forming import AUTOMOTIVE, accounted, formed, packaging_of
from tests.samples import deals, ids

MIXED = sorted(
    [
        *deals(6, safety={"garm_risk_rating": "Low"}),
        *deals(2, start=7, safety={"garm_risk_rating": "Floor"}),
    ],
    key=lambda each: each.item_id,
)


async def test_a_proposal_that_breaks_a_rule_is_asked_about_once_and_mended(bench: Bench) -> None:
    bench.simulator.set(faults=[{"kind": "broken_rules", "first_n": 1}])
    event = await formed(bench, MIXED)
    async with bench.stage.working(bench.build()):
        await bench.stage.send(event)
        events = await bench.stage.published(PackageProposed, 2)

    assert accounted(events) == list(event.deal_ids)
    assert len(bench.simulator.requests()) == 2
    assert {each.code for event in events for each in event.excluded} == {"safety_mismatch"}
    [row] = await bench.stage.rows("select repaired, dropped_members from read.packager_clusters_v1")
    assert row == {"repaired": True, "dropped_members": 0}


async def test_where_the_model_does_not_mend_it_the_fewest_members_are_dropped(bench: Bench) -> None:
    bench.simulator.set(faults=[{"kind": "broken_rules"}])
    event = await formed(bench, MIXED)
    async with bench.stage.working(bench.build()):
        await bench.stage.send(event)
        events = await bench.stage.published(PackageProposed, 2)

    assert len(bench.simulator.requests()) == 2
    [package] = [each for each in events if each.kind == "package"]
    assert package.deal_ids == tuple(each.item_id for each in MIXED if each.safety.risk == "low")
    assert [each.code for event in events for each in event.excluded] == ["safety_spread"] * 2
    [row] = await bench.stage.rows("select repaired, dropped_members from read.packager_clusters_v1")
    assert row == {"repaired": True, "dropped_members": 2}


async def test_of_near_duplicates_one_is_proposed(bench: Bench) -> None:
    bench.simulator.set(faults=[{"kind": "near_duplicates"}])
    event = await formed(bench, AUTOMOTIVE)
    async with bench.stage.working(bench.build()):
        await bench.stage.send(event, await bench.manifest(event))
        [closed] = await bench.stage.published(PackagingClosed)
        [proposed] = await bench.stage.published(PackageProposed)

    assert proposed.deal_ids == ids(AUTOMOTIVE)
    assert (closed.packages, closed.excluded_packages) == (1, 0)
    assert len(bench.simulator.requests()) == 2


async def test_what_the_model_invented_and_forgot_is_counted(bench: Bench) -> None:
    bench.simulator.set(faults=[{"kind": "invented_ids", "first_n": 1}, {"kind": "missing_ids"}])
    event = await formed(bench, AUTOMOTIVE)
    async with bench.stage.working(bench.build()):
        await bench.stage.send(event)
        await bench.stage.published(PackageProposed, 2)
        await bench.stage.send(event.model_copy(update={"run_id": "RUN_2"}))
        await bench.stage.published(PackageProposed, 4)

    rows = await bench.stage.rows(
        "select deals, named_ids, invented_ids, forgotten_ids, packages, repaired, model, prompt_version"
        " from read.packager_clusters_v1"
    )
    first = {
        "deals": 5,
        "named_ids": 6,
        "invented_ids": 1,
        "forgotten_ids": 1,
        "packages": 1,
        "repaired": True,
    }
    assert rows == [{**first, "model": "assort-simulator-1", "prompt_version": 2}] * 2


async def test_a_run_may_name_an_older_question(bench: Bench) -> None:
    event = await formed(bench, AUTOMOTIVE)
    async with bench.stage.working(bench.build()):
        await bench.stage.send(with_prompt(event, 1))
        [proposed] = await bench.stage.published(PackageProposed)

    assert proposed.prompt_version == 1
    assert await bench.stage.value("select prompt_version from read.packages_v1") == 1


async def test_a_question_that_there_is_not_fails_the_cluster_in_words(bench: Bench) -> None:
    event = with_prompt(await formed(bench, AUTOMOTIVE), 99)
    async with bench.stage.working(bench.build()):
        await bench.stage.send(event, await bench.manifest(event))
        [closed] = await bench.stage.published(PackagingClosed)
    [failed] = (await packaging_of(bench, closed)).failed_clusters

    assert failed.code == "unknown_prompt_version"
    assert failed.words == "prompt propose_packages has no version 99; there are: 1, 2"


def with_prompt(event: ClusterFormed, version: int) -> ClusterFormed:
    packing = PackingSettings(llm=LlmSettings(prompt_version=version))
    return event.model_copy(update={"settings": PackageSettings(packing=packing)})
