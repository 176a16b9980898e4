"""Embedding in the pipeline beside a bare `encode` of the same texts.

    python bench/embedding.py [--deals 2000] [--rounds 5]

Each round times both, now one first, now the other: SentenceTransformer.encode over the texts in one
call, and the shards of a run through the embedder's own handler with Postgres and S3, from bodies to
files of vectors. The ratio of a round compares neighbours in time, so that a busy machine slows both;
the median of the ratios counts. Beside it stands the same ratio in seconds of CPU, which other programs
do not disturb. Starts servers of its own and stops them.
"""

import argparse
import asyncio
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from uuid import uuid4

import embedder
from cli.demo_data import generate_deals
from contracts import Reference
from contracts.deal import Deal, read_deal
from contracts.event import canonical
from embedder.adapters import PostgresFreezes, PostgresVectors, in_thread
from embedder.domain import chunks
from embedder.handler.embedding import Embedding, ShardEmbedding
from embedder.handler.tasks import EmbedShard
from encoder import EncoderSettings, SentenceTransformerEncoder, text_of
from local import Endpoints, LocalServers
from objects import ObjectStore, S3Objects, put_content
from objects.s3 import S3Place
from runtime import RUNTIME_MIGRATIONS, RuntimeSettings, migrate, open_pool

MIGRATIONS = Path(embedder.__file__).parent / "migrations"
SHARD_ITEMS = 1000
UNDER_WAY = 2  # shards at a time: while one is encoded, the next one is read
BAR = 1.15


@dataclass(frozen=True, slots=True)
class Took:
    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Round:
    bare: Took
    pipeline: Took

    @property
    def ratio(self) -> float:
        return self.pipeline.wall / self.bare.wall

    @property
    def cpu_ratio(self) -> float:
        return self.pipeline.cpu / self.bare.cpu


@dataclass(frozen=True, slots=True)
class Line:
    """The stretch of the pipeline from the bodies of a shard to its file of vectors."""

    shards: ShardEmbedding
    store: ObjectStore
    model: str

    async def embed(self, deals: Sequence[Deal]) -> Took:
        tenant = f"t{uuid4().hex[:10]}"  # nobody has embedded anything for it
        tasks = [await self._task(tenant, some) for some in chunks(deals, SHARD_ITEMS)]
        turns = asyncio.Semaphore(UNDER_WAY)
        with timed() as took:
            await asyncio.gather(*(self._embed(task, turns) for task in tasks))
        return took[0]

    async def _task(self, tenant: str, deals: Sequence[Deal]) -> EmbedShard:
        lines = b"".join(deal.canonical() + b"\n" for deal in deals)
        bodies = await put_content(self.store, f"{tenant}/bodies", lines, count=len(deals), suffix=".jsonl")
        return EmbedShard(tenant=tenant, run_id="RUN_bench", bodies=bodies, model=self.model)

    async def _embed(self, task: EmbedShard, turns: asyncio.Semaphore) -> Reference:
        async with turns:
            return await self.shards.decide(task)


async def measure(
    line: Line, encoder: SentenceTransformerEncoder, deals: Sequence[Deal], rounds: int
) -> list[Round]:
    """The first round warms up and does not count."""
    texts = [text_of(deal) for deal in deals]
    found = []
    for number in range(rounds + 1):
        if number % 2:
            one = Round(bare=await asyncio.to_thread(_bare, encoder, texts), pipeline=await line.embed(deals))
        else:
            one = Round(pipeline=await line.embed(deals), bare=await asyncio.to_thread(_bare, encoder, texts))
        if number:
            found.append(one)
            walls = f"bare {one.bare.wall:.2f} s, pipeline {one.pipeline.wall:.2f} s"
            print(f"round {number}: {walls}: {one.ratio:.3f} (cpu {one.cpu_ratio:.3f})", flush=True)
    return found


def _bare(encoder: SentenceTransformerEncoder, texts: list[str]) -> Took:
    """What the library alone takes; it sorts by length itself."""
    with timed() as took:
        encoder.model.encode(texts, batch_size=encoder.batch_size, show_progress_bar=False)
    return took[0]


@contextmanager
def timed() -> Iterator[list[Took]]:
    took: list[Took] = []
    wall, cpu = time.perf_counter(), time.process_time()
    yield took
    took.append(Took(time.perf_counter() - wall, time.process_time() - cpu))


@asynccontextmanager
async def open_line(servers: Endpoints, encoder: SentenceTransformerEncoder) -> AsyncIterator[Line]:
    settings = RuntimeSettings(postgres_dsn=servers.postgres_dsn)
    await asyncio.to_thread(migrate, settings.postgres_dsn, "embedder", RUNTIME_MIGRATIONS, MIGRATIONS)
    account = servers.s3
    place = S3Place(account.bucket, account.region, account.endpoint, account.key, account.secret)
    store = S3Objects(place)
    async with open_pool(settings, "embedder") as pool:
        with in_thread(encoder) as models:
            embedding = Embedding(PostgresVectors(pool))
            handler = ShardEmbedding(embedding, models, PostgresFreezes(pool), store)
            yield Line(handler, store, models.default.model)
    store.close()


async def run(servers: Endpoints, count: int, rounds: int) -> list[Round]:
    encoder = await asyncio.to_thread(SentenceTransformerEncoder.load, EncoderSettings())
    deals = [read_deal(canonical(made.deal)) for made in generate_deals(count)]
    async with open_line(servers, encoder) as line:
        print(f"{count} deals, {line.model}")
        return await measure(line, encoder, deals, rounds)


def main() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the servers stop too
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--deals", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        servers = LocalServers(Path(folder) / "servers", {})
        try:
            found = asyncio.run(run(servers.up(), wanted.deals, wanted.rounds))
        finally:
            servers.down()
    ratio, cpu = median(one.ratio for one in found), median(one.cpu_ratio for one in found)
    print(f"embedding in the pipeline takes {ratio:.3f} times a bare encode (at most {BAR}); cpu {cpu:.3f}")
    if ratio > BAR:
        raise SystemExit("the pipeline costs more than it may")


if __name__ == "__main__":
    main()
