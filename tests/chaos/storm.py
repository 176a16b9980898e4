"""One storm: work goes in, blows fall, everything comes to rest, and the evidence is collected."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from cli.demo_data import generate_deals
from cli.domain.feed import Accepted, FeedRules, read_feed
from cli.reading import STAGES
from cli.simulating import running_simulator
from contracts.deals import DealPublished, PackagesRequested
from contracts.run_ids import run_id
from contracts.safety import SafetyScale
from contracts.settings import ClusterSettings, PackageSettings
from local import Endpoints, LocalServers
from tests.chaos import gathering
from tests.chaos.bus import Bus, open_bus
from tests.chaos.crew import Crew
from tests.chaos.evidence import Evidence
from tests.chaos.plan import Outage, Plan
from tests.until import until

LEASE_SECONDS = 5.0
LATENCY_SECONDS, JITTER_SECONDS = 0.2, 0.3  # of the simulator: a call takes 0.2 to 0.5 s
WORKERS = {
    "embedder": 1,
    "clusterer": 1,
    "packager": 2,
    "enricher": 2,
    "segmenter": 1,
    "bundler": 1,
    "ranker": 1,
    "ledger": 1,
}
SMALL_CLUSTERS = PackageSettings(clusters=ClusterSettings(max_deals_per_cluster=5, min_cluster_size=3))
REST_SECONDS = 60.0
CALM_SECONDS = 3.0  # what a worker that was woken had in hand is done by then

QUICK = {
    "LEASE_SECONDS": str(LEASE_SECONDS),
    "KAFKA_SESSION_SECONDS": "8",
    "KAFKA_PARTITIONS": "3",
    "PARK_SECONDS": "0.3",
    "PARK_LIMIT_SECONDS": "2",
    "SWEEP_SECONDS": "3",
    "GRACE_SECONDS": "5",
    "CONCURRENCY": "8",
    "MAX_CRASHES": "100",  # here a worker dies every few seconds, and takes innocent work with it
    "ENCODER_BACKEND": "hash",  # no model to load
    "LLM_PROFILE": "simulator",
    "LOG_LEVEL": "INFO",
    "OMP_NUM_THREADS": "1",
}

Say = Callable[[str], None]


@dataclass(slots=True)
class Storm:
    plan: Plan
    servers: LocalServers
    endpoints: Endpoints
    bus: Bus
    crew: Crew
    say: Say
    asked: list[str] = field(default_factory=list)
    outages: list[str] = field(default_factory=list)
    striking: bool = True

    async def rage(self) -> None:
        """Returns when all work is done and nothing moves any more."""
        tending = asyncio.create_task(self.crew.tend())
        listening = asyncio.create_task(self.bus.listen())
        try:
            async with asyncio.timeout(self.plan.shape.limit_seconds), asyncio.TaskGroup() as group:
                group.create_task(self._strike())
                group.create_task(self._send_again())
                group.create_task(self._work())
            await until(self._rests, what="a storm that comes to rest", seconds=REST_SECONDS)
        finally:
            await _end(tending, listening)

    async def _work(self) -> None:
        """Runs, a few at a time, until all are over and every blow has fallen."""
        shape = self.plan.shape
        while self._more():
            await self._ask(len(self.asked))
            await self._fewer_open(shape.at_once)
        await self._fewer_open(1)

    async def _fewer_open(self, runs: int) -> None:
        """Wait until fewer than so many runs are open."""

        async def fewer() -> bool:
            return len(self.asked) - self._finished() < runs

        await until(fewer, what="the end of a run", seconds=self.plan.shape.limit_seconds)

    def _more(self) -> bool:
        shape, asked = self.plan.shape, len(self.asked)
        still = self.striking or bool(self.crew.waiting)
        return asked < shape.runs or (still and asked < shape.runs + shape.spare_runs)

    def _finished(self) -> int:
        return len({record.body["run_id"] for record in self.bus.heard.get("run.finished.v1", ())})

    async def _ask(self, number: int) -> None:
        deals = made_up_deals(number * self.plan.shape.deals, self.plan.shape.deals)
        ids = sorted(event.deal.item_id for event in deals)
        run = PackagesRequested(
            run_id=run_id(datetime.now(UTC), f"{number:08x}"),
            deal_ids=tuple(ids),
            settings=SMALL_CLUSTERS,
            wait_seconds=300,
        )
        self.asked.append(run.run_id)
        self.say(f"run {number + 1}: {len(ids)} deals")
        await self.bus.publish([*deals, run])

    async def _strike(self) -> None:
        for step in self.plan.steps:
            await asyncio.sleep(step.wait_seconds)
            if isinstance(step.blow, Outage):
                await self._cut_off(step.blow)
            else:
                self.crew.arm(step.blow)
        self.striking = False

    async def _cut_off(self, outage: Outage) -> None:
        self.say(f"kill -9 of {outage.server}, back after {outage.seconds:.1f} s")
        await asyncio.to_thread(self.servers.kill, outage.server)
        await asyncio.sleep(outage.seconds)
        await asyncio.to_thread(self.servers.start, outage.server)
        self.outages.append(outage.server)

    async def _send_again(self) -> None:
        chance = Random(self.plan.seed)  # noqa: S311 - nothing secret
        for gap in self.plan.duplicate_gaps:
            await asyncio.sleep(gap)
            await self.bus.send_again(chance)
        while self.bus.sent_again < len(self.plan.duplicate_gaps):  # nothing was there to be sent yet
            await asyncio.sleep(0.1)
            await self.bus.send_again(chance)

    async def _rests(self) -> bool:
        """Everything is read, nothing waits, nothing is on its way."""
        if self.crew.frozen or time.monotonic() < self.crew.woken_at + CALM_SECONDS:
            return False
        connection = await asyncpg.connect(self.endpoints.postgres_dsn)
        try:
            left = (await gathering.tables(connection)).left_over
        finally:
            await connection.close()
        return not left and not any([await self.bus.lag(stage) for stage in STAGES])


@dataclass(frozen=True, slots=True)
class Aftermath:
    evidence: Evidence
    storm: Storm
    seconds: float
    complaint: str | None  # the storm did not come to its end


async def run(
    plan: Plan, servers: LocalServers, folder: Path, say: Say, *, sabotage: Path | None = None
) -> Aftermath:
    """`sabotage`: a folder whose sitecustomize.py breaks every worker, to see whether the judges notice."""
    endpoints = await asyncio.to_thread(servers.up)
    with running_simulator(LATENCY_SECONDS, folder) as simulator:
        _admin(simulator, "POST", "behaviour", {"jitter_seconds": JITTER_SECONDS})
        environment = _environment(endpoints, simulator, sabotage)
        with working(environment, folder) as crew:
            await asyncio.to_thread(crew.wait_ready)
            async with _owner(endpoints) as connection:
                await gathering.audit(connection)
            async with open_bus(endpoints.kafka, "") as bus:
                storm = Storm(plan, servers, endpoints, bus, crew, say)
                began = time.monotonic()
                complaint = await _weather(storm)
                seconds = time.monotonic() - began
                await asyncio.to_thread(servers.up)  # one may lie dead where the storm was cut short
                await asyncio.to_thread(crew.stop)
                say("collecting the evidence")
                journal = _admin(simulator, "GET", "requests")
                bucket = servers.home / "s3" / "objects" / endpoints.s3.bucket
                async with _owner(endpoints) as connection:
                    evidence = await gathering.gather(bus, connection, endpoints, bucket, journal)
                return Aftermath(evidence, storm, seconds, complaint)


async def _end(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(ended, Exception):  # it had broken before
            raise ended


async def _weather(storm: Storm) -> str | None:
    try:
        await storm.rage()
    except TimeoutError:
        return f"not over after {storm.plan.shape.limit_seconds:.0f} s"
    except AssertionError as error:
        return str(error)
    return None


@contextmanager
def working(environment: dict[str, str], folder: Path) -> Iterator[Crew]:
    crew = Crew(environment, folder, WORKERS)
    try:
        crew.start()
        yield crew
    finally:
        crew.stop()


@asynccontextmanager
async def _owner(endpoints: Endpoints) -> AsyncIterator[asyncpg.Connection]:
    async with AsyncExitStack() as stack:
        connection = await asyncpg.connect(endpoints.postgres_dsn)
        stack.push_async_callback(connection.close)
        await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
        yield connection


def made_up_deals(first: int, count: int) -> list[DealPublished]:
    """Those of a long list that one run is about."""
    lines = "\n".join(json.dumps(demo.deal) for demo in generate_deals(first + count)[first:])
    rules = FeedRules("main", "USD", SafetyScale.IAB)
    read = list(read_feed(lines, rules))
    events = (one.event for one in read if isinstance(one, Accepted))
    return [event for event in events if isinstance(event, DealPublished)]


def _environment(endpoints: Endpoints, simulator: str, sabotage: Path | None) -> dict[str, str]:
    own = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    broken = {"PYTHONPATH": f"{sabotage}{os.pathsep}{own.get('PYTHONPATH', '')}"} if sabotage else {}
    return {**own, **endpoints.environment(), **QUICK, "LLM_BASE_URL": simulator, **broken}


def _admin(simulator: str, method: str, what: str, body: Any = None) -> Any:
    connection = HTTPConnection(urlsplit(simulator).netloc, timeout=30)
    try:
        connection.request(method, f"/admin/{what}", json.dumps(body), {"content-type": "application/json"})
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()
