"""Packaging with slow answers: 46 clusters at 20 s a call and a pool of 64, beside one call after the other.

    python bench/concurrency.py [--deals 580] [--seconds 20]

Starts servers, services and the simulator of its own and stops them.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import asyncpg

from cli.demo_data import generate_deals
from cli.simulating import running_simulator
from cli.workers import ONE_OF_EACH, start_workers
from contracts.deal import read_deal
from contracts.deals import DealPublished, PackagesRequested
from contracts.event import canonical
from contracts.settings import ClusterSettings, PackageSettings
from local import LocalServers
from runtime import RuntimeSettings, open_publisher

RUN = "select clustered_at, packaged_at, finished_at, status from read.runs_v1 where run_id = $1"
CLUSTERS = "select count(*) from read.clusters_v1 where run_id = $1"
LIMIT_SECONDS = 300
BAR_SECONDS = 45


async def measure(environment: Mapping[str, str], deals: int, clusters: int) -> tuple[float, float, int]:
    """Seconds from clustered to packaged and to finished, and how many clusters there were."""
    run_id = f"RUN_bench_{uuid4().hex[:8]}"
    settings = RuntimeSettings(kafka_servers=environment["KAFKA_SERVERS"])
    published = [DealPublished(deal=read_deal(canonical(made.deal))) for made in generate_deals(deals)]
    size = -(-deals // clusters)
    wanted = PackageSettings(clusters=ClusterSettings(max_deals_per_cluster=size, min_cluster_size=1))
    request = PackagesRequested(
        run_id=run_id, deal_ids=tuple(event.deal.item_id for event in published), settings=wanted
    )
    async with open_publisher(settings, "bench", [DealPublished, PackagesRequested]) as publisher:
        await publisher.publish(published)
        await publisher.publish([request])
    connection = await asyncpg.connect(environment["POSTGRES_DSN"])
    try:
        row = await _finished(connection, run_id)
        count = await connection.fetchval(CLUSTERS, run_id)
    finally:
        await connection.close()
    packaged = (row["packaged_at"] - row["clustered_at"]).total_seconds()
    return packaged, (row["finished_at"] - row["clustered_at"]).total_seconds(), count


async def _finished(connection: asyncpg.Connection, run_id: str) -> asyncpg.Record:
    deadline = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < deadline:
        with suppress(asyncpg.UndefinedTableError):
            row = await connection.fetchrow(RUN, run_id)
            if row is not None and row["finished_at"] is not None:
                return row
        await asyncio.sleep(0.2)
    raise SystemExit(f"the run was not over after {LIMIT_SECONDS} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--deals", type=int, default=580)
    parser.add_argument("--clusters", type=int, default=31)
    parser.add_argument("--seconds", type=float, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        servers = LocalServers(Path(folder) / "servers", {})
        try:
            environment = {**os.environ, **servers.up().environment(), "ENCODER_BACKEND": "hash"}
            with running_simulator(asked.seconds, Path(folder)) as address:
                environment |= {
                    "LLM_PROFILE": "simulator",
                    "LLM_BASE_URL": address,
                    "LLM_TIMEOUT_SECONDS": "120",
                }
                workers = start_workers(environment, ONE_OF_EACH, Path(folder))
                try:
                    workers.wait_ready()
                    packaged, finished, clusters = asyncio.run(
                        measure(environment, asked.deals, asked.clusters)
                    )
                finally:
                    workers.stop()
        finally:
            servers.down()
    print(f"{asked.deals} deals, {clusters} clusters, {asked.seconds:g} s a call, 64 calls at once")
    print(f"packaging  {packaged:6.1f} s   (one after the other: {clusters * asked.seconds:.0f} s)")
    print(f"enriched   {finished:6.1f} s   after clustering")
    if packaged > BAR_SECONDS:
        raise SystemExit(f"slower than {BAR_SECONDS} s")


if __name__ == "__main__":
    main()
