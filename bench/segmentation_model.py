"""Products to segments beside a slow model: how well calls overlap, and what a second worker brings.

    python -m bench.segmentation_model               all parts, some 9 minutes
    python -m bench.segmentation_model --part wall   10,000 products at 20 s a call, 64 calls at once
    python -m bench.segmentation_model --part join   4 s a call, 16 at once in a worker: a second worker joins
                                                     when a third is done; then one of the two is killed

Vectors are word counts, and the simulator answers by labels, as a model would that is never wrong. Starts
servers, services and the simulator of its own and stops them.
"""

import argparse
import asyncio
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import asyncpg

from bench.pipeline.processes import memory_of
from bench.pipeline.services import Services, feed, services, until
from cli.demo_products import CATEGORY, DemoProduct, generate_products
from contracts.event import canonical
from contracts.product import read_product
from contracts.products import ProductPublished, SegmentationRequested
from local import LocalServers
from runtime import Publisher, RuntimeSettings, open_publisher

OVERHEAD = 1.25
SPARE_SECONDS = 60
MOST_BYTES = 1_000_000_000
SAVED = 0.35  # of the remaining time, by a second worker

RUN = """
select status, counts, requested_at, finished_at from read.runs_v1
where tenant = $1 and run_id = $2 and finished_at is not null
"""
DONE = """
select count(*) from read.segmentation_steps_v1 where tenant = $1 and run_id = $2 and state <> 'open'
"""
CALLS = """
select s.phase, s.level, i.started_at, i.started_at + i.duration_ms * interval '1 millisecond' as ended_at
from read.llm_interactions_v1 i
join read.segmentation_steps_v1 s
  on (s.tenant, s.run_id, s.revision, s.phase, s.number)
   = (i.tenant, i.run_id, i.revision, i.interaction_type, i.batch_id)
where i.tenant = $1 and i.run_id = $2 and i.call_id is not null
order by ended_at
"""

During = Callable[[str], Awaitable[None]]  # something that happens to a run that is under way


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    products: int
    seconds: float  # of one call
    pool: int  # calls at once in a worker


WALL = Part("wall", 10_000, 20, 64)
JOIN = Part("join", 10_000, 4, 16)


@dataclass(frozen=True, slots=True)
class Wave:
    """The calls that could be made at once: of a phase, or of one level of merges."""

    name: str
    calls: int
    began: datetime
    ended: datetime


@dataclass(frozen=True, slots=True)
class Segmented:
    run_id: str
    status: str
    counts: str
    seconds: float  # from the request to the end, by the clock of the one who asked
    requested: datetime
    finished: datetime
    ends: tuple[datetime, ...]  # of the calls
    waves: tuple[Wave, ...]

    def remaining(self, after: int) -> float:
        """Seconds to the end, once so many calls were made."""
        return (self.finished - self.ends[after - 1]).total_seconds()


@dataclass(frozen=True, slots=True)
class Bench:
    running: Services
    connection: asyncpg.Connection
    publisher: Publisher
    tenant: str

    async def run(self, category: str, during: During | None = None) -> Segmented:
        """A category that was not asked for before: no answer is stored."""
        run_id, began = f"RUN_bench_{uuid4().hex[:8]}", time.monotonic()
        wish = SegmentationRequested(tenant=self.tenant, run_id=run_id, category=category)
        await self.publisher.publish([wish])
        if during is not None:
            await during(run_id)
        run = await until(self.connection, RUN, (self.tenant, run_id), lambda _: True)
        seconds = time.monotonic() - began
        return _segmented(run_id, run, await self.connection.fetch(CALLS, self.tenant, run_id), seconds)

    async def made(self, run_id: str, calls: int) -> None:
        """Wait until so many calls of the run are made."""
        await until(self.connection, DONE, (self.tenant, run_id), lambda row: row[0] >= calls)

    def proven(self, run_id: str) -> bool:
        command = [sys.executable, "-m", "cli", "--tenant", self.tenant, "verify", run_id, "--json"]
        environment = dict(self.running.environment)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done.returncode == 0 and bool(json.loads(done.stdout)["proven"])


@asynccontextmanager
async def bench(running: Services, products: Sequence[DemoProduct]) -> AsyncIterator[Bench]:
    tenant = f"bench-{uuid4().hex[:8]}"
    events = [
        ProductPublished(tenant=tenant, product=read_product(canonical(made.product))) for made in products
    ]
    settings = RuntimeSettings(kafka_servers=running.environment["KAFKA_SERVERS"])
    connection = await asyncpg.connect(running.environment["POSTGRES_DSN"])
    try:
        async with open_publisher(settings, "bench", [ProductPublished, SegmentationRequested]) as publisher:
            began = time.monotonic()
            await feed(publisher, connection, tenant, events)
            print(f"  {len(events)} products were there after {time.monotonic() - began:.1f} s")
            yield Bench(running, connection, publisher, tenant)
    finally:
        await connection.close()


def _segmented(
    run_id: str, run: asyncpg.Record, calls: Sequence[asyncpg.Record], seconds: float
) -> Segmented:
    named = [(f"{call['phase']} {call['level']}", call) for call in calls]
    waves = [
        Wave(
            name,
            len(own := [call for known, call in named if known == name]),
            min(call["started_at"] for call in own),
            max(call["ended_at"] for call in own),
        )
        for name in dict.fromkeys(name for name, _ in named)
    ]
    return Segmented(
        run_id=run_id,
        status=run["status"],
        counts=run["counts"],
        seconds=seconds,
        requested=run["requested_at"],
        finished=run["finished_at"],
        ends=tuple(call["ended_at"] for call in calls),
        waves=tuple(sorted(waves, key=lambda wave: wave.began)),
    )


async def wall(running: Services, products: Sequence[DemoProduct], part: Part) -> list[str]:
    """One run alone; returns what is slower or larger than it may be."""
    async with bench(running, products) as one:
        with memory_of(running.workers, "segmenter") as memory:
            run = await one.run(CATEGORY)
        say(run)
        limit = SPARE_SECONDS + OVERHEAD * sum(wave.calls / part.pool * part.seconds for wave in run.waves)
        print(f"  {run.seconds:.1f} s from request to end, at most {limit:.0f} s; segmenter at most {memory}")
        proven = one.proven(run.run_id)
        print(f"  assort verify: {'proven' if proven else 'NOT PROVEN'}")
    return [
        *([] if run.seconds <= limit else [f"wall: {run.seconds:.0f} s, more than {limit:.0f} s"]),
        *([] if memory.most <= MOST_BYTES else [f"wall: a segmenter of {memory}"]),
        *([] if proven else ["wall: not proven"]),
    ]


async def join(running: Services, products: Sequence[DemoProduct]) -> list[str]:
    """One worker; two from a third of the calls on; and two of which one is killed half way."""
    async with bench(running, products) as one:
        alone = await one.run(f"{CATEGORY}, alone")
        third, half = math.ceil(len(alone.ends) / 3), len(alone.ends) // 2
        say(alone)

        async def another(run_id: str) -> None:
            await one.made(run_id, third)
            running.workers.start("segmenter")

        helped = await one.run(f"{CATEGORY}, helped", another)
        say(helped)

        async def one_less(run_id: str) -> None:
            await one.made(run_id, half)
            running.workers.kill("segmenter")

        struck = await one.run(f"{CATEGORY}, struck", one_less)
        say(struck)
        before, after = alone.remaining(third), helped.remaining(third)
        saved = 1 - after / before
        print(f"  from {third} calls on: {before:.1f} s alone, {after:.1f} s with another: {saved:.0%} less")
        runs = {"alone": alone, "helped": helped, "struck": struck}
        proofs = {name: one.proven(run.run_id) for name, run in runs.items()}
        print(f"  assort verify: {proofs}")
    return [
        *([] if saved >= SAVED else [f"join: {saved:.0%} less, not {SAVED:.0%}"]),
        *(f"join: {name} is not proven" for name, proven in proofs.items() if not proven),
        *(f"join: {name} {run.status}" for name, run in runs.items() if run.status != "completed"),
    ]


def say(run: Segmented) -> None:
    counts = json.loads(run.counts)
    print(
        f"  {run.status}: {counts['placed']} in {counts['segments']} segments; load {os.getloadavg()[0]:.1f}"
    )
    last = run.requested
    for wave in run.waves:
        between, lasted = (wave.began - last).total_seconds(), (wave.ended - wave.began).total_seconds()
        print(f"    {between:5.1f} s before {wave.name}: {wave.calls} calls in {lasted:.1f} s")
        last = wave.ended
    print(f"    {(run.finished - last).total_seconds():5.1f} s to the end")


def measure(part: Part, folder: Path, servers: LocalServers) -> list[str]:
    products = generate_products(part.products)
    gold = folder / "gold.json"
    gold.write_text(json.dumps({str(made.product["name"]): made.label for made in products}), "utf-8")
    print(
        f"{part.name}: {part.products} products, {part.seconds:g} s a call, {part.pool} at once in a worker"
    )
    room = str(part.pool)
    with services(
        part.seconds, folder / part.name, servers, gold=gold, CONCURRENCY=room, LLM_CONCURRENCY="64"
    ) as running:
        return asyncio.run(
            join(running, products) if part.name == JOIN.name else wall(running, products, part)
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", action="append", choices=[WALL.name, JOIN.name])
    parser.add_argument("--products", type=int, help="instead of as many as the part has")
    parser.add_argument("--seconds", type=float, help="of a call, instead of what the part has")
    asked = parser.parse_args()
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        servers = LocalServers(Path(folder) / "servers", {})
        try:
            for part in (WALL, JOIN):
                if part.name in (asked.part or (WALL.name, JOIN.name)):
                    products = asked.products or part.products
                    seconds = part.seconds if asked.seconds is None else asked.seconds
                    chosen = replace(part, products=products, seconds=seconds)
                    missed += measure(chosen, Path(folder), servers)
        finally:
            servers.down()
    if missed:
        raise SystemExit("\n".join(missed))


if __name__ == "__main__":
    main()
