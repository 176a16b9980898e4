"""A large run on one clusterer and on two: cells are tasks that any worker takes.

    python bench/large_clustering.py [--deals 30000]

Made-up vectors are written as a frozen input; nothing is embedded. Starts servers and workers of its own.
"""

import argparse
import asyncio
import io
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import asyncpg
import numpy as np
import psutil

from cli.workers import Workers, start_workers
from clustering import Vectors
from contracts.deals import ItemsFrozen, Snapshot, SnapshotShard
from contracts.event import canonical
from local import LocalServers
from objects import ObjectSettings, ObjectStore, open_objects, put_content
from runtime import RuntimeSettings, open_publisher

DIMENSIONS = 384
SHARD = 5000
LIMIT_SECONDS = 600
BAR = 1.4
CLOSED = "select clusters from read.clusterings_v1 where run_id = $1"


def made_up_vectors(count: int) -> Vectors:
    """Unit vectors around one subject for twenty deals, like those of deals."""
    chance = np.random.default_rng(7)
    subjects = chance.normal(size=(max(1, count // 20), DIMENSIONS))
    noise = chance.normal(size=(count, DIMENSIONS)) * 0.7
    vectors = (subjects[chance.integers(len(subjects), size=count)] + noise).astype(np.float32)
    found: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return found


async def freeze(store: ObjectStore, vectors: Vectors) -> ItemsFrozen:
    shards = []
    for start in range(0, len(vectors), SHARD):
        some = vectors[start : start + SHARD]
        names = range(start, start + len(some))
        bodies = b"".join(canonical({"origin": "bench.com", "id": f"{name:07}"}) + b"\n" for name in names)
        matrix = io.BytesIO()
        np.save(matrix, some)
        shards.append(
            SnapshotShard(
                bodies=await put_content(store, "main/bodies", bodies, count=len(some), suffix=".jsonl"),
                vectors=await put_content(
                    store, "main/vectors", matrix.getvalue(), count=len(some), suffix=".npy"
                ),
            )
        )
    snapshot = Snapshot(items=len(vectors), shards=tuple(shards), model="made-up")
    reference = await put_content(store, "main/snapshots", snapshot.canonical(), count=len(vectors))
    return ItemsFrozen(run_id="RUN_bench", snapshot=reference, items=len(vectors))


async def measure(environment: Mapping[str, str], frozen: ItemsFrozen, workers: Workers) -> tuple[float, int]:
    """Seconds from the frozen input to the manifest, and the peak of the workers' memory in bytes."""
    event = frozen.model_copy(update={"run_id": f"RUN_bench_{uuid4().hex[:8]}"})
    settings = RuntimeSettings(kafka_servers=environment["KAFKA_SERVERS"])
    connection = await asyncpg.connect(environment["POSTGRES_DSN"])
    try:
        async with open_publisher(settings, "bench", [ItemsFrozen]) as publisher:
            began, peak = time.monotonic(), 0
            await publisher.publish([event])
            while await connection.fetchval(CLOSED, event.run_id) is None:
                peak = max(peak, memory(workers))
                if time.monotonic() - began > LIMIT_SECONDS:
                    raise SystemExit(f"no manifest after {LIMIT_SECONDS} s")
                await asyncio.sleep(0.2)
            return time.monotonic() - began, peak
    finally:
        await connection.close()


def memory(workers: Workers) -> int:
    found = 0
    for worker in workers.running:
        process = psutil.Process(worker.process.pid)
        found += sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--deals", type=int, default=30_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        servers = LocalServers(Path(folder) / "servers", {})
        try:
            taken = run(servers.up().environment(), asked.deals, Path(folder))
        finally:
            servers.down()
    ratio = taken[1] / taken[2]
    print(f"two clusterers are {ratio:.2f} times as fast as one")
    if ratio < BAR:
        raise SystemExit(f"less than {BAR}")


def run(endpoints: Mapping[str, str], deals: int, folder: Path) -> dict[int, float]:
    environment = {**os.environ, **endpoints, "OMP_NUM_THREADS": "1"}
    os.environ.update(endpoints)
    frozen = asyncio.run(freeze(open_objects(ObjectSettings()), made_up_vectors(deals)))
    taken: dict[int, float] = {}
    for count in (1, 2):
        workers = start_workers(environment, {"clusterer": count}, folder / str(count))
        try:
            workers.wait_ready()
            taken[count], peak = asyncio.run(measure(environment, frozen, workers))
        finally:
            workers.stop()
        print(f"{deals} deals, {count} clusterers: {taken[count]:.1f} s, {peak / 1e9:.2f} GB")
    return taken


if __name__ == "__main__":
    main()
