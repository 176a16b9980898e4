"""Ending what runs, also where a library swallows a cancellation that meets its own result."""

import asyncio
from contextlib import suppress

from runtime.ending import end
from tests.runtime.conftest import Bench
from tests.runtime.probe import NumberDrawn, build


async def sleeps_on() -> None:
    with suppress(asyncio.CancelledError):
        await asyncio.sleep(3600)
    await asyncio.sleep(3600)


async def breaks() -> None:
    raise KeyError("a bug")


async def test_a_task_that_swallows_a_cancellation_ends_all_the_same() -> None:
    tasks = [asyncio.create_task(sleeps_on()), asyncio.create_task(breaks())]
    await asyncio.sleep(0)  # let them begin
    await asyncio.wait_for(end(tasks), 20)
    assert [task.done() for task in tasks] == [True, True]


async def test_a_worker_whose_call_swallows_a_cancellation_stops_and_gives_the_lease_back(
    bench: Bench,
) -> None:
    begun = asyncio.Event()

    async def stubborn(_: NumberDrawn) -> int:
        begun.set()
        await sleeps_on()
        return 0

    patient = bench.settings.model_copy(update={"lease_seconds": 300, "grace_seconds": 0.1})
    async with bench.working(build(patient, stubborn)):
        await bench.send(NumberDrawn(run_id="RUN_1", name="a", number=1))
        await asyncio.wait_for(begun.wait(), 20)

    assert await bench.value("select state from inbox") == "pending"
