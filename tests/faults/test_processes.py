"""Workers that are told to stop, that freeze, whose clocks are wrong, and what they say of themselves."""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cli.workers import Worker as Process
from cli.workers import Workers
from tests.faults.probing import (
    STOP_SECONDS,
    WORKER,
    answer,
    decisions,
    drawn,
    draws,
    log_lines,
    nothing_twice,
    processes,
)
from tests.stages import StageBench
from tests.until import until

LEASE_SECONDS = 2.0
CLOCK = Path(__file__).parent / "wrong_clock"
# Kafka refuses a record from more than an hour ahead.
NEARLY_AN_HOUR = 3590


@pytest.fixture
def workers(bench: StageBench, tmp_path: Path) -> Iterator[Workers]:
    with processes(bench, tmp_path) as workers:
        yield workers


@pytest.fixture
def with_short_leases(bench: StageBench, tmp_path: Path) -> Iterator[Workers]:
    settings = bench.settings.model_copy(update={"lease_seconds": LEASE_SECONDS})
    with processes(replace(bench, settings=settings), tmp_path) as workers:
        yield workers


@pytest.fixture
def with_long_leases(bench: StageBench, tmp_path: Path) -> Iterator[Workers]:
    settings = bench.settings.model_copy(update={"lease_seconds": 300, "grace_seconds": 1})
    with processes(replace(bench, settings=settings), tmp_path) as workers:
        yield workers


async def begins(worker: Process, name: str) -> None:
    async def begun() -> bool:
        return name in decisions(worker)

    await until(begun, what=f"the call about {name}")


async def stopped(worker: Process) -> float:
    """Tell it to stop, as Kubernetes does; returns how long it took."""
    began = time.monotonic()
    worker.process.send_signal(signal.SIGTERM)

    async def over() -> bool:
        return not worker.alive

    await until(over, what="the end of the process", seconds=60)
    assert worker.process.returncode == 0
    return time.monotonic() - began


async def test_a_worker_that_is_told_to_stop_ends_its_call_first(bench: StageBench, workers: Workers) -> None:
    worker = workers.start(WORKER)
    await bench.send(drawn("a", 1000))
    await begins(worker, "a")

    assert await stopped(worker) < bench.settings.grace_seconds + STOP_SECONDS
    assert await bench.rows("select state, crashes, parks from inbox") == [
        {"state": "done", "crashes": 0, "parks": 0}
    ]
    assert decisions(worker) == ["a"]


async def test_a_call_that_outlasts_the_grace_period_goes_to_the_next_worker_at_once(
    bench: StageBench, with_long_leases: Workers
) -> None:
    first = with_long_leases.start(WORKER)
    await bench.send(drawn("a", 2500))
    await begins(first, "a")

    assert await stopped(first) < 1 + STOP_SECONDS
    [row] = await bench.rows("select state, crashes, due_at <= now() as due from inbox")
    assert row == {"state": "pending", "crashes": 0, "due": True}

    second = with_long_leases.start(WORKER)
    await begins(second, "a")
    await bench.seen("select count(*) from doubled", 1, what="the end of the call")
    await nothing_twice(bench, ["a"])


async def test_a_frozen_worker_is_fenced_when_it_wakes(bench: StageBench, with_short_leases: Workers) -> None:
    frozen = with_short_leases.start(WORKER)
    await bench.send(drawn("a", 1500))
    await begins(frozen, "a")
    os.kill(frozen.process.pid, signal.SIGSTOP)

    heir = with_short_leases.start(WORKER)
    await bench.seen("select count(*) from doubled", 1, what="the heir's result")
    assert decisions(heir) == ["a"]

    os.kill(frozen.process.pid, signal.SIGCONT)
    await stopped(heir)
    await bench.send(drawn("b"))
    await begins(frozen, "b")  # it lives, and works on
    await bench.seen("select count(*) from doubled", 2, what="both results")
    await nothing_twice(bench, ["a", "b"])
    assert await bench.value("select crashes from inbox order by seq limit 1") == 1


async def test_workers_whose_clocks_are_wrong_keep_their_leases_and_steal_none(
    bench: StageBench, with_short_leases: Workers
) -> None:
    events = draws(24, 3000)  # each call is longer than a lease
    rightful = dict(with_short_leases.environment)
    path = f"{CLOCK}{os.pathsep}{rightful['PYTHONPATH']}"
    early, late = (
        _with_clock(with_short_leases, {**rightful, "PYTHONPATH": path, "CLOCK_IS_OFF_SECONDS": str(off)})
        for off in (-NEARLY_AN_HOUR, NEARLY_AN_HOUR)
    )
    with_short_leases.wait_ready()
    await bench.send(*events)
    await bench.seen("select count(*) from doubled", len(events), what="all results")

    assert decisions(early, late) == [event.name for event in events]
    assert decisions(early)
    assert decisions(late)
    assert log_lines(early)[0]["at"] < log_lines(late)[0]["at"][:13]  # the hour
    await nothing_twice(bench, [event.name for event in events])


def _with_clock(workers: Workers, environment: dict[str, str]) -> Process:
    workers.environment = environment
    return workers.start(WORKER)


async def test_a_worker_tells_of_itself(bench: StageBench, workers: Workers) -> None:
    worker = workers.start(WORKER)
    workers.wait_ready()
    await bench.send(drawn("a"))
    await bench.seen("select count(*) from outbox where sent_at is not null", 1, what="the event is sent")

    assert answer(worker, "/healthz") == (200, '{"live":true,"stuck":[]}')
    assert answer(worker, "/readyz") == (200, '{"ready":true,"waits_for":[]}')
    status, figures = answer(worker, "/metrics")
    assert status == 200
    assert 'assort_events_accepted_total{stage="probe",topic="number.drawn.v1"} 1.0' in figures
    assert 'assort_events_sent_total{stage="probe",topic="number.doubled.v1"} 1.0' in figures

    event_id = str(drawn("a").event_id)
    [line] = [line for line in log_lines(worker) if line.get("action") == "doubling"]
    told = {name: line[name] for name in ("stage", "tenant", "run", "revision", "event_id", "level")}
    assert told == {
        "stage": "probe",
        "tenant": "main",
        "run": "RUN_1",
        "revision": 1,
        "event_id": event_id,
        "level": "info",
    }
    assert line["trace"] == event_id.replace("-", "")
