"""The ledger on real Kafka and Postgres."""

import json
import random
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

import ledger
from contracts import Event
from contracts.clusters import DealsClustered
from contracts.deals import ItemsFrozen, PackagesRequested
from contracts.packages import (
    Advice,
    Aggregates,
    PackageEnriched,
    PackageProposed,
    PackagingClosed,
    SafetyView,
)
from contracts.products import SegmentationRequested
from contracts.runs import Counts, EventBuried, RunCommanded, RunFinished
from contracts.safety import SafetyRisk
from ledger.adapters import PostgresChanges, PostgresLetters, PostgresLog, PostgresRuns, RunMetrics
from ledger.app import build
from ledger.settings import Settings
from local import Endpoints
from runtime import Stage
from tests.samples import NOWHERE, RUN_ID, cluster, deals, excluded, package
from tests.stages import StageBench, open_bench

MIGRATIONS = Path(ledger.__file__).parent / "migrations"
CARS, TRAVEL = deals(4), deals(3, start=101)
ADVICE = Advice(
    description="Cars.", verticals=("Automotive",), use_cases=("Reach",), recommendations=("Buy.",)
)


@pytest.fixture
async def bench(servers: Endpoints, database: str) -> AsyncIterator[StageBench]:
    async with open_bench(servers, database, "ledger", MIGRATIONS) as bench:
        yield bench


def stage(bench: StageBench, registry: CollectorRegistry | None = None) -> Stage:
    settings = Settings(runtime=bench.settings)
    return build(
        settings,
        log=PostgresLog(),
        runs=PostgresRuns(),
        letters=PostgresLetters(),
        changes=PostgresChanges(),
        figures=RunMetrics(registry or CollectorRegistry()),
    )


def enriched(proposed: PackageProposed) -> PackageEnriched:
    return PackageEnriched(
        run_id=RUN_ID,
        package_id=proposed.package_id,
        cluster_id=proposed.cluster_id,
        package_name=proposed.package_name,
        deal_ids=proposed.deal_ids,
        reasoning=proposed.reasoning,
        aggregates=Aggregates(safety=SafetyView(worst=SafetyRisk.LOW, family_safe=True)),
        advice=ADVICE,
        model="m",
    )


def events_of_a_run() -> Sequence[Event]:
    cars = package(CARS)
    return [
        PackagesRequested(run_id=RUN_ID, budget_usd=1),
        ItemsFrozen(run_id=RUN_ID, snapshot=NOWHERE, items=7, budget_usd=1),
        cluster(CARS),
        cluster(TRAVEL),
        DealsClustered(run_id=RUN_ID, clustering=NOWHERE, clusters=2),
        cars,
        excluded(TRAVEL),
        PackagingClosed(run_id=RUN_ID, packaging=NOWHERE, packages=1, excluded_packages=1),
        enriched(cars),
        RunFinished(
            run_id=RUN_ID,
            kind="packages",
            status="completed",
            counts=Counts(placed=4, excluded=3),
            words="fine",
        ),
    ]


async def test_a_run_is_one_row_that_tells_its_whole_story(bench: StageBench) -> None:
    async with bench.working(stage(bench)):
        await bench.send(*events_of_a_run())
        await bench.seen("select count(*) from read.events_v1", 10, what="all events")

    [row] = await bench.rows("select * from read.runs_v1")
    assert (row["run_id"], row["revision"], row["kind"], row["status"]) == (
        RUN_ID,
        1,
        "packages",
        "completed",
    )
    assert (row["items"], row["budget_usd"], row["words"]) == (7, 1, "fine")
    assert json.loads(row["counts"])["placed"] == 4
    assert json.loads(row["settings"])["packing"]["min_deals"] == 3
    moments = [row[f"{step}_at"] for step in ("requested", "frozen", "clustered", "packaged", "finished")]
    assert None not in moments


async def test_progress_counts_what_was_formed_packaged_and_enriched(bench: StageBench) -> None:
    async with bench.working(stage(bench)):
        await bench.send(*events_of_a_run()[:-1])
        await bench.seen("select count(*) from read.events_v1", 9, what="all events")

    assert await bench.rows("select * from read.run_progress_v1") == [
        {
            "tenant": "main",
            "run_id": RUN_ID,
            "revision": 1,
            "clusters_formed": 2,
            "clusters_expected": 2,
            "clusters_packaged": 2,
            "packages_proposed": 2,
            "packages_expected": 2,
            "packages_enriched": 1,
        }
    ]


async def test_every_change_of_a_run_is_noted_once_with_who_asked_for_it(bench: StageBench) -> None:
    registry = CollectorRegistry()
    events = [
        PackagesRequested(run_id=RUN_ID, by="ada"),
        RunCommanded(run_id=RUN_ID, command="pause", by="bob"),
        RunCommanded(run_id=RUN_ID, command="raise_budget", budget_usd=2.5, number=1, by="ada"),
        *events_of_a_run()[1:],
        RunFinished(run_id="RUN_S", kind="segmentation", status="refused", words="unknown_products"),
    ]
    requested = SegmentationRequested(run_id="RUN_S", category="Dimmers", by="eve")
    async with bench.working(stage(bench, registry)):
        # Topics are read in no order among each other: an end that is read first has no duration.
        await bench.send(requested)
        await bench.seen("select count(*) from read.events_v1", 1, what="the request")
        await bench.send(*events, requested, *events)
        repeated = len(events) + 1
        await bench.seen("select sum(repeated) from read.events_v1", repeated, what="all repetitions")

    rows = await bench.rows("select run_id, change, asked_by, words from read.run_changes_v1")
    assert {tuple(row.values()) for row in rows} == {
        (RUN_ID, "requested", "ada", ""),
        (RUN_ID, "pause", "bob", ""),
        (RUN_ID, "raise_budget", "ada", "2.5 USD"),
        (RUN_ID, "frozen", "", "7 items"),
        (RUN_ID, "completed", "", "fine"),
        ("RUN_S", "requested", "eve", ""),
        ("RUN_S", "refused", "", "unknown_products"),
    }
    finished = {"kind": "packages", "status": "completed"}
    assert registry.get_sample_value("assort_runs_finished_total", finished) == 1
    assert registry.get_sample_value("assort_run_seconds_count", {"kind": "segmentation"}) == 1


async def test_any_order_and_any_repetition_give_the_same_rows(bench: StageBench) -> None:
    shuffled = [*events_of_a_run(), *events_of_a_run()]
    random.Random(7).shuffle(shuffled)  # noqa: S311 - nothing secret
    async with bench.working(stage(bench)):
        await bench.send(*shuffled)
        await bench.seen("select sum(repeated) from read.events_v1", 10, what="all repetitions")

    assert await bench.value("select count(*) from read.events_v1") == 10
    assert await bench.value("select sum(conflicts) from read.events_v1") == 0
    [row] = await bench.rows("select status, items from read.runs_v1")
    assert row == {"status": "completed", "items": 7}


async def test_one_id_with_two_contents_is_a_conflict_and_the_first_stays(bench: StageBench) -> None:
    first, second = package(CARS), package(CARS, name="Another name")
    async with bench.working(stage(bench)):
        for event in (first, second):
            await bench.raw(event.topic, event.canonical(), headers=[("ce_id", b"one id")])
        await bench.seen("select conflicts from read.events_v1", 1, what="the conflict")

    [row] = await bench.rows("select entity, repeated from read.events_v1")
    assert row == {"entity": first.entity, "repeated": 1}


async def test_a_retry_is_a_row_of_its_own_that_counts_what_was_made_before(bench: StageBench) -> None:
    async with bench.working(stage(bench)):
        await bench.send(*events_of_a_run(), RunCommanded(run_id=RUN_ID, revision=2, command="retry"))
        await bench.seen("select count(*) from read.events_v1", 11, what="all events")

    rows = await bench.rows("select revision, status from read.runs_v1 order by revision")
    assert rows == [{"revision": 1, "status": "completed"}, {"revision": 2, "status": None}]
    formed = "select clusters_formed from read.run_progress_v1 where revision = 2"
    assert await bench.value(formed) == 2


async def test_two_ends_of_one_revision_are_both_in_the_log_and_the_first_is_believed(
    bench: StageBench,
) -> None:
    async with bench.working(stage(bench)):
        for status in ("completed", "failed"):
            await bench.send(RunFinished(run_id=RUN_ID, kind="packages", status=status))
        await bench.seen("select count(*) from read.events_v1", 2, what="both")

    assert await bench.value("select status from read.runs_v1") == "completed"


async def test_dead_letters_of_all_stages_are_kept(bench: StageBench) -> None:
    letter = EventBuried(
        letter_id="b1", stage="packager", code="json", words="not JSON", place="topic[0]@7", record_key="k"
    )
    async with bench.working(stage(bench)):
        await bench.send(letter, letter)
        await bench.seen("select count(*) from read.buried_v1", 1, what="the letter")

    [row] = await bench.rows("select stage, code, words, place, record_key from read.buried_v1")
    assert row == {
        "stage": "packager",
        "code": "json",
        "words": "not JSON",
        "place": "topic[0]@7",
        "record_key": "k",
    }


POISON = [
    pytest.param(b"{not json", b"key", id="bad JSON"),
    pytest.param(None, b"key", id="a null value where nothing is withdrawn"),
    pytest.param(b"{}", b"\x00\xff", id="a key that is no text"),
    pytest.param(b'{"a\\u0000": 1, "a\\u0000": 2}', b"key", id="a name twice with a null character"),
    pytest.param(
        b'{"run_id": "RUN_1", "settings": {"packing": {"llm": {"model": "a\\u0000"}}}}',
        b"key",
        id="null character",
    ),
]


@pytest.mark.parametrize(("value", "key"), POISON)
async def test_what_cannot_be_read_is_buried_and_what_follows_is_taken_in(
    bench: StageBench, value: bytes | None, key: bytes
) -> None:
    async with bench.working(stage(bench)):
        await bench.raw(PackagesRequested.topic, value, key=key)
        await bench.send(PackagesRequested(run_id=RUN_ID))
        await bench.seen("select count(*) from read.runs_v1", 1, what="the run")
        await bench.seen("select count(*) from read.buried_v1", 1, what="its own dead letter")
