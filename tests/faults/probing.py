"""The probe stage under faults: a migrated home for it, its events, and workers of it as processes."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import asyncpg

import llm
from cli.workers import Worker as Process
from cli.workers import Workers
from objects import ObjectStore
from simulator.testing import Simulator
from tests.runtime.probe import NumberDoubled, NumberDrawn
from tests.stages import StageBench

ROOT = Path(__file__).parents[2]
MIGRATIONS = Path(__file__).parent / "migrations"
WORKER = "tests.faults.probe_worker"
STOP_SECONDS = 6.0  # beyond the grace period: for the broker and the pools to close


def drawn(name: str, number: int = 1, *, run: str = "RUN_1") -> NumberDrawn:
    return NumberDrawn(run_id=run, name=name, number=number)


def draws(count: int, number: int = 1, *, run: str = "RUN_1", start: int = 0) -> list[NumberDrawn]:
    return [drawn(f"n{start + place:03}", number, run=run) for place in range(count)]


def group(bench: StageBench) -> tuple[str, str]:
    """Where the stage's consumer group is."""
    return bench.settings.kafka_servers, bench.settings.kafka_prefix + bench.name


def open_model(
    simulator: Simulator, store: ObjectStore, pool: asyncpg.Pool, **settings: Any
) -> llm.LanguageModel:
    given = {"llm_profile": "simulator", **settings}
    return llm.LanguageModel(
        llm.LlmSettings(llm_base_url=simulator.base_url, **given), store, llm.Ledger(pool)
    )


@contextmanager
def processes(bench: StageBench, folder: Path) -> Iterator[Workers]:
    """Workers of the bench's stage as processes: `workers.start(WORKER)`."""
    values = bench.settings.model_dump(mode="json")
    settings = {name.upper(): str(value) for name, value in values.items() if value is not None}
    place = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "PYTHONPATH": str(ROOT)}
    workers = Workers({**place, **settings}, folder)
    try:
        yield workers
    finally:
        workers.stop()


def log_lines(process: Process) -> list[dict[str, Any]]:
    """What a worker has said so far; every line of it is JSON."""
    return [json.loads(line) for line in process.log.read_text("utf-8").splitlines()]


def decisions(*workers: Process) -> list[str]:
    """The names of the numbers that these workers began to double."""
    said = [line for process in workers for line in log_lines(process)]
    return sorted(line["name"] for line in said if line.get("action") == "doubling")


def answer(process: Process, path: str) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", process.port, timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


async def nothing_twice(bench: StageBench, names: Sequence[str]) -> None:
    """Every number was doubled once, told once, and nothing is open."""
    rows = await bench.rows("select name from doubled order by name")
    assert [row["name"] for row in rows] == sorted(names)
    told = await bench.published(NumberDoubled, len(names))
    assert sorted({event.name for event in told}) == sorted(names)
    topic = NumberDoubled.topic
    assert await bench.value("select count(*) from outbox where topic = $1", topic) == len(names)
    assert await bench.value("select count(*) from inbox where state in ('pending', 'leased')") == 0
