"""The broker dies and stays away; workers come and go; everything is read once more."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.workers import Workers
from contracts.runs import EventBuried, LetterCommanded, RunCommanded
from local import LocalServers
from runtime.worker import Worker
from tests.faults.offsets import committed, rewind
from tests.faults.probing import WORKER, answer, decisions, draws, group, nothing_twice, processes
from tests.runtime.probe import ItemSeen, NumberDrawn, NumbersListed, RunSummed, build
from tests.stages import StageBench
from tests.until import until


@pytest.fixture
def workers(hurt: StageBench, tmp_path: Path) -> Iterator[Workers]:
    with processes(hurt, tmp_path) as workers:
        yield workers


async def test_a_broker_that_is_killed_and_stays_away_costs_nothing(
    hurt: StageBench, workers: Workers, local_servers: LocalServers
) -> None:
    """The worker says that it cannot work, and is not restarted for it; what it decides goes out later."""
    worker = workers.start(WORKER)
    await asyncio.to_thread(workers.wait_ready)
    events = draws(40, 1500)
    await hurt.send(*events)
    await hurt.seen("select count(*) from inbox", len(events), what="all are accepted")
    local_servers.kill("kafka")

    async def not_ready() -> bool:
        status, words = answer(worker, "/readyz")
        return status == 503 and "kafka" in words

    await until(not_ready, what="the worker says that it is not ready", seconds=60)
    await hurt.seen("select count(*) from doubled", len(events), what="all results, without a broker")
    assert answer(worker, "/healthz")[0] == 200

    await asyncio.to_thread(local_servers.start, "kafka")
    more = draws(10, start=len(events))
    await hurt.send(*more)
    await hurt.seen("select count(*) from doubled", 50, what="what came after the outage", seconds=60)
    names = sorted(event.name for event in [*events, *more])
    await nothing_twice(hurt, names)
    assert decisions(worker) == names

    async def ready() -> bool:
        return answer(worker, "/readyz")[0] == 200

    await until(ready, what="the worker is ready again")


async def test_workers_that_come_and_go_take_in_everything_once(bench: StageBench) -> None:
    calls: Counter[str] = Counter()

    async def counted(event: NumberDrawn) -> int:
        calls[event.name] += 1
        return event.number

    async def come_and_go() -> None:
        await _rebalanced(steady, 0)  # its own joining is not the newcomer's
        for _ in range(5):
            seen = steady.reader.listener.count
            async with bench.working(build(bench.settings, counted)):
                seen = await _rebalanced(steady, seen)
            await _rebalanced(steady, seen)

    events = draws(300)
    async with bench.working(build(bench.settings, counted)) as steady:
        storm = asyncio.create_task(come_and_go())
        for event in events:
            await bench.send(event)
        await storm
        await bench.send(*events[:100])  # and some of it again
        await bench.seen("select count(*) from doubled", len(events), what="all results", seconds=40)

    assert set(calls.values()) == {1}
    await nothing_twice(bench, [event.name for event in events])


async def _rebalanced(worker: Worker, seen: int) -> int:
    """Wait until the worker has got its partitions anew; returns how often it has by now."""
    listener = worker.reader.listener

    async def anew() -> bool:
        return listener.assigned and listener.count > seen

    await until(anew, what="a rebalance")
    return listener.count


async def test_reading_every_topic_from_its_beginning_decides_and_tells_nothing_new(
    bench: StageBench,
) -> None:
    """Also what operators decided about dead letters stands."""
    names = [event.name for event in draws(20)]
    records = len(names) + 6  # an item, a list, junk and three commands
    async with bench.working(build(bench.settings)):
        await bench.send(ItemSeen(name="seen"), *draws(20), NumbersListed(run_id="RUN_1", names=tuple(names)))
        await bench.raw(NumberDrawn.topic, b"junk")
        await bench.published(RunSummed)
        [buried] = await bench.published(EventBuried)
        drop = LetterCommanded(stage="probe", letter_id=buried.letter_id, command="drop")
        await bench.send(drop, RunCommanded(run_id="RUN_2", command="pause"))
        await bench.seen("select state from run where run_id = 'RUN_2'", "paused", what="the pause")
        await bench.seen("select state from dead_letter", "dropped", what="the letter is dropped")
        await bench.send(RunCommanded(run_id="RUN_2", command="resume"))
        await bench.seen("select state from run where run_id = 'RUN_2'", "active", what="it goes on")
        await until(lambda: _has_read(bench, records), what="everything is read")
    told = await bench.rows("select event_id, sent_at from outbox order by id")

    decided: list[str] = []

    async def noted(event: NumberDrawn) -> int:
        decided.append(event.name)
        return event.number

    await rewind(*group(bench))
    assert await committed(*group(bench)) == 0
    async with bench.working(build(bench.settings, noted)):
        await until(lambda: _has_read(bench, records), what="everything is read again")

    assert decided == []
    assert await bench.rows("select event_id, sent_at from outbox order by id") == told
    assert await bench.value("select state from dead_letter") == "dropped"
    assert await bench.value("select state from run where run_id = 'RUN_2'") == "active"
    await nothing_twice(bench, names)


async def _has_read(bench: StageBench, records: int) -> bool:
    return await committed(*group(bench)) >= records
