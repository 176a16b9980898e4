"""Deals to packages beside a slow model: how well calls overlap, and what everything else takes.

    python bench/slow_model.py                   804 deals at 20 s a call, then 10,000 with instant answers
    python bench/slow_model.py --part scaled     10,000 deals at 5 s a call: a quarter of the time

Vectors are word counts (`ENCODER_BACKEND=hash`): no embedding model is measured here. Both stages that ask
may have 64 calls under way; `LLM_CONCURRENCY` counts calls over all workers, so it is 128. Starts servers,
services and the simulator of its own and stops them.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import asyncpg
import psutil

from cli.demo_data import generate_deals
from cli.simulating import running_simulator
from cli.workers import ONE_OF_EACH, start_workers
from contracts.deal import read_deal
from contracts.deals import DealPublished, PackagesRequested
from contracts.event import canonical
from local import LocalServers
from runtime import RuntimeSettings, open_publisher

POOL = 64  # calls under way at each stage that asks
OVERHEAD = 1.25
SPARE_SECONDS = 30
INSTANT_SECONDS = 180
LIMIT_SECONDS = 540
BATCH = 1000
SHOWN = 10

ARRIVED = "select count(*) from read.items_v1 where tenant = $1"
RUN = """
select status, counts, requested_at, frozen_at, clustered_at, packaged_at, finished_at
from read.runs_v1 where tenant = $1 and run_id = $2 and finished_at is not null
"""
CALLS = """
select stage, count(*) as calls, min(started_at) as first
from read.llm_interactions_v1 where tenant = $1 and run_id = $2 and call_id is not null group by stage
"""


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    deals: int
    seconds: float  # of one call


PARTS = (Part("slow", 804, 20), Part("instant", 10_000, 0), Part("scaled", 10_000, 5))
USUAL = ("slow", "instant")


@dataclass(frozen=True, slots=True)
class Stage:
    name: str
    calls: int
    seconds: float

    def limit(self, each: float) -> float:
        return OVERHEAD * self.calls / POOL * each + SPARE_SECONDS


@dataclass(frozen=True, slots=True)
class Measured:
    status: str
    publishing: float
    steps: tuple[tuple[str, float], ...]
    stages: tuple[Stage, ...]
    overlap: float  # how long both stages asked at once

    @property
    def total(self) -> float:
        return self.publishing + sum(seconds for _, seconds in self.steps)


async def measure(environment: Mapping[str, str], part: Part) -> Measured:
    tenant, run_id = f"bench-{part.name}", f"RUN_bench_{uuid4().hex[:8]}"
    settings = RuntimeSettings(kafka_servers=environment["KAFKA_SERVERS"])
    deals = [
        DealPublished(tenant=tenant, deal=read_deal(canonical(made.deal)))
        for made in generate_deals(part.deals)
    ]
    connection = await asyncpg.connect(environment["POSTGRES_DSN"])
    try:
        began = time.monotonic()
        async with open_publisher(settings, "bench", [DealPublished, PackagesRequested]) as publisher:
            for start in range(0, len(deals), BATCH):
                await publisher.publish(deals[start : start + BATCH])
            await _until(connection, ARRIVED, (tenant,), lambda row: row[0] >= part.deals)
            publishing = time.monotonic() - began
            await publisher.publish([PackagesRequested(tenant=tenant, run_id=run_id)])
        run = await _until(connection, RUN, (tenant, run_id), lambda _: True)
        return _measured(run, await connection.fetch(CALLS, tenant, run_id), publishing)
    finally:
        await connection.close()


async def _until(
    connection: asyncpg.Connection,
    query: str,
    values: tuple[str, ...],
    is_enough: Callable[[asyncpg.Record], bool],
) -> asyncpg.Record:
    deadline = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < deadline:
        with suppress(asyncpg.UndefinedTableError):
            row = await connection.fetchrow(query, *values)
            if row is not None and is_enough(row):
                return row
        await asyncio.sleep(0.2)
    raise SystemExit(f"not over after {LIMIT_SECONDS} s")


def _measured(run: asyncpg.Record, asked: list[asyncpg.Record], publishing: float) -> Measured:
    moments = ("requested_at", "frozen_at", "clustered_at", "packaged_at", "finished_at")
    steps = tuple(
        (name.removesuffix("_at"), (run[name] - run[before]).total_seconds())
        for before, name in pairwise(moments)
    )
    ends = {"packager": run["packaged_at"], "enricher": run["finished_at"]}
    first = {row["stage"]: row["first"] for row in asked}
    stages = tuple(
        Stage(row["stage"], row["calls"], (ends[row["stage"]] - row["first"]).total_seconds())
        for row in sorted(asked, key=lambda row: row["first"])
    )
    overlap = (run["packaged_at"] - first["enricher"]).total_seconds()
    return Measured(run["status"], publishing, steps, stages, overlap)


def say(part: Part, measured: Measured) -> list[str]:
    """Prints what was measured; returns what is slower than it may be."""
    print(f"{part.deals} deals, {part.seconds:g} s a call, {POOL} calls at once a stage: {measured.status}")
    steps = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in measured.steps)
    print(f"  published {measured.publishing:.1f} s, {steps}; all in all {measured.total:.1f} s")
    slow = [] if measured.status == "completed" else [f"{part.name}: {measured.status}"]
    for stage in measured.stages:
        limit = stage.limit(part.seconds)
        after_all = stage.calls * part.seconds
        print(f"  {stage.name}: {stage.calls} calls in {stage.seconds:.1f} s, at most {limit:.0f} s", end="")
        print(f"; one after the other {after_all:.0f} s" if part.seconds else "")
        if part.seconds and stage.seconds > limit:
            slow.append(f"{part.name}: {stage.name} took {stage.seconds:.1f} s, more than {limit:.0f} s")
    print(f"  both at once for {measured.overlap:.1f} s")
    if not part.seconds and measured.total > INSTANT_SECONDS:
        slow.append(f"{part.name}: {measured.total:.0f} s, more than {INSTANT_SECONDS} s")
    return slow


def say_processors(folder: Path) -> None:
    """Who used the processor: where answers come at once, the busiest is what holds up the rest."""
    used: dict[str, float] = {}
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if _is_ours(process, folder):
                times = process.cpu_times()
                used[_name(process)] = used.get(_name(process), 0) + times.user + times.system
    busiest = sorted(used.items(), key=lambda pair: -pair[1])[:SHOWN]
    print("  processor: " + ", ".join(f"{name} {seconds:.0f} s" for name, seconds in busiest))


def _is_ours(process: psutil.Process, folder: Path) -> bool:
    """Servers name their folder, their children do not; services have it in their environment."""
    with suppress(psutil.Error):
        family = [process, *process.parents()]
        return any(str(folder) in " ".join(one.cmdline()) for one in family) or str(folder) in str(
            process.environ().get("BENCH_FOLDER", "")
        )
    return False


def _name(process: psutil.Process) -> str:
    words = process.cmdline()
    return str(words[2] if words[1:2] == ["-m"] else process.name())


@contextmanager
def services(seconds: float, folder: Path, servers: LocalServers) -> Iterator[Mapping[str, str]]:
    environment = {
        **os.environ,
        **servers.up().environment(),
        "ENCODER_BACKEND": "hash",
        "LLM_PROFILE": "simulator",
        "LLM_TIMEOUT_SECONDS": "120",
        "LLM_CONCURRENCY": str(2 * POOL),
        "LOG_LEVEL": "WARNING",
        "BENCH_FOLDER": str(folder),  # marks the processes
    }
    with running_simulator(seconds, folder) as address:
        workers = start_workers(environment | {"LLM_BASE_URL": address}, ONE_OF_EACH, folder)
        try:
            workers.wait_ready()
            yield environment
        finally:
            workers.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", action="append", choices=[part.name for part in PARTS])
    parser.add_argument("--deals", type=int, help="instead of as many as the part has")
    asked = parser.parse_args()
    slow = []
    with tempfile.TemporaryDirectory() as folder:
        servers = LocalServers(Path(folder) / "servers", {})
        try:
            for part in PARTS:
                if part.name not in (asked.part or USUAL):
                    continue
                chosen = Part(part.name, asked.deals or part.deals, part.seconds)
                with services(chosen.seconds, Path(folder) / chosen.name, servers) as environment:
                    slow += say(chosen, asyncio.run(measure(environment, chosen)))
                    say_processors(Path(folder))
        finally:
            servers.down()
    if slow:
        raise SystemExit("\n".join(slow))


if __name__ == "__main__":
    main()
