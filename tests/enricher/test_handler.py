"""What the enricher's handlers do in cases that a whole run seldom sees."""

from typing import Any, cast

from contracts.packages import Outcome, PackageProposed, PackagingClosed
from contracts.runs import RunFinished
from enricher.adapters import StoredDeals, StoredManifests
from enricher.handler.enriching import EnrichPackage, ExpectPackages
from enricher.handler.finishing import FinishRun
from objects import MemoryObjects, get_content
from runtime import Closing, Failure, Member, RunKey, Transaction
from tests.enricher.conftest import RATES, keep_manifests
from tests.enricher.fakes import MemoryPackages, MemoryRuns, NoCosts, NoFigures, OneAdvisor
from tests.samples import NOWHERE, RUN_ID, deals, excluded, ids, keep_bodies, package

RUN = RunKey("main", RUN_ID, 1)
TX = Transaction(cast("Any", None), RUN, "")
CARS = deals(4)
ODD = deals(2, start=901)


async def finished(
    *members: Member[PackageProposed], proposed: tuple[PackageProposed, ...]
) -> tuple[RunFinished, Outcome]:
    store, runs = MemoryObjects(), MemoryRuns()
    await runs.begin(TX, await keep_manifests(store, "main", [*CARS, *ODD], proposed))
    closer = FinishRun(MemoryPackages(), StoredManifests(store, RATES), runs, NoCosts(), NoFigures())
    event = (await closer.decide(Closing(RUN, members, cancelled=False))).finished
    assert event.outcome is not None
    return event, Outcome.read(await get_content(store, event.outcome))


async def test_deals_of_a_package_whose_event_never_got_in_are_not_lost() -> None:
    cars = package(CARS)
    lost: Member[PackageProposed] = Member(cars.entity, "failed", 1, None, Failure("json", "not JSON"))

    event, outcome = await finished(lost, proposed=(cars,))

    assert event.status == "failed"
    assert [each.item_id for each in outcome.failed] == [*ids(CARS), *ids(ODD)]
    assert {each.code for each in outcome.failed} == {"unaccounted"}
    assert [each.code for each in outcome.failed_packages] == ["json"]


async def test_exclusions_stand_even_if_their_record_was_cancelled() -> None:
    left_out = excluded(ODD)
    cancelled = Member(left_out.entity, "cancelled", 1, left_out, Failure("cancelled", ""))

    _, outcome = await finished(cancelled, proposed=(left_out,))

    assert [each.item_id for each in outcome.excluded] == list(ids(ODD))


async def test_an_unreadable_manifest_is_found_out_as_well_when_the_run_is_given_up() -> None:
    handler = ExpectPackages(StoredManifests(MemoryObjects(), RATES), MemoryRuns())
    event = PackagingClosed(run_id=RUN_ID, packaging=NOWHERE, packages=1)

    decision = await handler.give_up(event, Failure("cancelled", ""))
    [told] = await handler.record(TX, event, decision)

    assert isinstance(told, RunFinished)
    assert (told.status, told.outcome) == ("failed", None)


async def test_deciding_twice_gives_equal_events() -> None:
    store = MemoryObjects()
    event = package(CARS, await keep_bodies(store, "main", CARS))
    handler = EnrichPackage(StoredDeals(store), OneAdvisor(), MemoryPackages(), RATES)

    first, second = [await handler.decide(event) for _ in range(2)]
    [told] = await handler.record(TX, event, first)

    assert first == second
    assert told.key.endswith(event.entity)
    assert await handler.record(TX, event, second) == [], "only the first takes effect"
