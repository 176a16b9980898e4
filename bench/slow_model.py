"""Deals to packages beside a slow model: how well calls overlap, and what everything else takes.

    python -m bench.slow_model                   804 deals at 20 s a call, then 10,000 with instant answers
    python -m bench.slow_model --part scaled     10,000 deals at 5 s a call: a quarter of the time

Vectors are word counts (`ENCODER_BACKEND=hash`): no embedding model is measured here. Both stages that ask
may have 64 calls under way; `LLM_CONCURRENCY` counts calls over all workers, so it is 128. Starts servers,
services and the simulator of its own and stops them.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import asyncpg

from bench.pipeline.processes import say_processors
from bench.pipeline.services import feed, services, until
from cli.demo_data import generate_deals
from contracts.deal import read_deal
from contracts.deals import DealPublished, PackagesRequested
from contracts.event import canonical
from local import LocalServers
from runtime import RuntimeSettings, open_publisher

POOL = 64  # calls under way at each stage that asks
OVERHEAD = 1.25
SPARE_SECONDS = 30
INSTANT_SECONDS = 180

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
            await feed(publisher, connection, tenant, deals)
            publishing = time.monotonic() - began
            await publisher.publish([PackagesRequested(tenant=tenant, run_id=run_id)])
        run = await until(connection, RUN, (tenant, run_id), lambda _: True)
        return _measured(run, await connection.fetch(CALLS, tenant, run_id), publishing)
    finally:
        await connection.close()


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
                place = Path(folder) / chosen.name
                with services(chosen.seconds, place, servers, LLM_CONCURRENCY=str(2 * POOL)) as running:
                    slow += say(chosen, asyncio.run(measure(running.environment, chosen)))
                    say_processors(Path(folder))
        finally:
            servers.down()
    if slow:
        raise SystemExit("\n".join(slow))


if __name__ == "__main__":
    main()
