"""How much a worker takes in, whose work it does first, and what floods do."""

import asyncio
from collections import Counter

from runtime.worker import Worker
from tests.faults.offsets import committed
from tests.faults.probing import draws, group, nothing_twice
from tests.runtime.probe import Decide, NumberDoubled, NumberDrawn, build
from tests.stages import StageBench
from tests.until import until


def behind(gate: asyncio.Event, begun: list[str]) -> Decide:
    """Decisions that wait for the gate to open."""

    async def waits(event: NumberDrawn) -> int:
        begun.append(f"{event.run_id} {event.name}")
        await gate.wait()
        return event.number

    return waits


async def test_a_worker_with_too_much_to_do_stops_reading_and_goes_on_later(bench: StageBench) -> None:
    bench.settings = bench.settings.model_copy(update={"max_pending": 10, "concurrency": 2})
    gate, first, rest = asyncio.Event(), draws(20), draws(60, start=20)
    async with bench.working(build(bench.settings, behind(gate, []))) as worker:
        await bench.send(*first)
        await until(lambda: _is_overfull(worker), what="the worker has too much to do")
        await bench.send(*rest)
        await _turns(worker, "govern", 3)
        assert await bench.value("select count(*) from inbox") <= len(first)
        assert await committed(*group(bench)) <= len(first)

        gate.set()
        await bench.published(NumberDoubled, len(first) + len(rest))

    await nothing_twice(bench, [event.name for event in [*first, *rest]])


async def _is_overfull(worker: Worker) -> bool:
    return worker.overfull


async def _turns(worker: Worker, loop: str, times: int) -> None:
    """Wait until one of the worker's loops has gone round so many times."""
    for _ in range(times):
        before = worker.health.loops[loop]

        async def turned(before: float = before) -> bool:
            return worker.health.loops[loop] > before

        await until(turned, what=f"a turn of {loop}")


async def test_a_small_run_does_not_wait_for_a_big_one(bench: StageBench) -> None:
    bench.settings = bench.settings.model_copy(update={"concurrency": 2})
    gate, begun = asyncio.Event(), list[str]()
    async with bench.working(build(bench.settings, behind(gate, begun))):
        await bench.send(*draws(60, run="RUN_BIG"))
        await bench.seen("select count(*) from inbox", 60, what="the big run")
        await bench.send(*draws(3, run="RUN_SMALL"))
        await bench.seen("select count(*) from inbox", 63, what="the small run")
        gate.set()
        await bench.published(NumberDoubled, 63)

    last = max(place for place, name in enumerate(begun) if name.startswith("RUN_SMALL"))
    assert last < 12, begun[:20]  # two were under way, then it is every run's turn


async def test_two_workers_share_the_work(bench: StageBench) -> None:
    bench.settings = bench.settings.model_copy(update={"concurrency": 4})
    events = draws(40)
    first, second = Counter[str](), Counter[str]()
    async with (
        bench.working(build(bench.settings, _counting(first))),
        bench.working(build(bench.settings, _counting(second))),
    ):
        await bench.send(*events)
        await bench.published(NumberDoubled, len(events))

    assert min(first.total(), second.total()) >= len(events) // 4
    assert first + second == Counter(event.name for event in events)
    await nothing_twice(bench, [event.name for event in events])


def _counting(calls: Counter[str]) -> Decide:
    async def counted(event: NumberDrawn) -> int:
        calls[event.name] += 1
        await asyncio.sleep(0.05)  # a call
        return event.number

    return counted


async def test_after_a_flood_a_restarted_stage_takes_in_everything(bench: StageBench) -> None:
    """The flood's cause is mended meanwhile; nothing had been lost, nothing is doubled."""
    good, late = draws(5), draws(5, start=5)
    async with bench.working(build(bench.settings)) as worker:
        await bench.send(*good)
        await bench.published(NumberDoubled, len(good))
        for _ in range(25):
            await bench.raw(NumberDrawn.topic, b"junk", key=good[0].key.encode())
        await bench.seen("select count(*) from gate where name = 'flood'", 1, what="the gate")
        await bench.send(*late)  # not before: of two partitions, good records may come between the bad ones
        assert "blocked: flood" in worker.health.missing()
    assert await bench.value("select count(*) from dead_letter") < 20

    patient = bench.settings.model_copy(update={"flood_in_a_row": 1000, "flood_window": 1000})
    async with bench.working(build(patient)):
        await bench.published(NumberDoubled, len(good) + len(late))
        await bench.seen("select count(*) from dead_letter", 25, what="every letter")
    await nothing_twice(bench, [event.name for event in [*good, *late]])
