"""What it costs the feed that runs follow: batches of changed deals, taken in with and without counting.

    python bench/following.py [--deals 5000] [--rounds 5]

Each round takes in the same deals three times, changed each time: uncounted, counted while no run
follows, and counted while three runs follow (every deal, every deal, a thousand of them). The median of
the ratios of a round counts. Starts Postgres of its own and stops it.
"""

import argparse
import asyncio
import signal
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import asyncpg

import embedder
from cli.demo_data import generate_deals
from contracts.deal import read_deal
from contracts.deals import DealPublished, Following
from contracts.event import canonical
from embedder.adapters import PostgresFollowings, PostgresItems, ThreadedModels, in_thread
from embedder.domain import chunks
from embedder.handler.feed import Publication
from encoder import HashEncoder
from local import LocalServers
from runtime import RUNTIME_MIGRATIONS, Arrived, RunKey, RuntimeSettings, Transaction, migrate, open_pool

MIGRATIONS = Path(embedder.__file__).parent / "migrations"
BATCH = 500
SOME = 1000
BAR = 1.1


class Uncounted(PostgresFollowings):
    """The feed as it would be if nothing could follow it."""

    async def count(self, tx: Transaction, tenant: str, item_ids: Sequence[str]) -> list[tuple[str, int]]:
        return []


@dataclass(slots=True)
class Feed:
    pool: asyncpg.Pool
    models: ThreadedModels
    deals: int
    turn: int = 0

    async def seconds(self, followings: PostgresFollowings) -> float:
        """Take in every deal, each with another name than before."""
        self.turn += 1
        arrived = [self._arrived(number, made.deal) for number, made in enumerate(generate_deals(self.deals))]
        publication = Publication(PostgresItems(self.pool, "deal"), self.models, followings)
        began = time.perf_counter()
        for batch in chunks(arrived, BATCH):
            async with self.pool.acquire() as connection, connection.transaction():
                await publication.record(Transaction(connection, RunKey("main", "", 0), ""), batch)
        return time.perf_counter() - began

    def _arrived(self, number: int, deal: dict[str, object]) -> Arrived[DealPublished]:
        renamed = {**deal, "deal_name": f"{deal['deal_name']} {self.turn}"}
        event = DealPublished(deal=read_deal(canonical(renamed)))
        return Arrived(event, event.topic, event.deal.item_id, self.turn, number, event.event_id, "")

    async def follow(self) -> None:
        rows = await self.pool.fetch("select item_id from item order by item_id limit $1", SOME)
        some = [row["item_id"] for row in rows]
        for run_id, ids in (("RUN_1", None), ("RUN_2", None), ("RUN_3", some)):
            async with self.pool.acquire() as connection, connection.transaction():
                tx = Transaction(connection, RunKey("main", run_id, 1), "")
                await PostgresFollowings(self.pool).start(tx, Following(), ids)

    async def unfollow(self) -> None:
        await self.pool.execute("delete from following")


async def measure(dsn: str, deals: int, rounds: int) -> list[tuple[float, float]]:
    """Of each round the two ratios; the first round warms up and does not count."""
    await asyncio.to_thread(migrate, dsn, "embedder", RUNTIME_MIGRATIONS, MIGRATIONS)
    found = []
    async with open_pool(RuntimeSettings(postgres_dsn=dsn), "embedder") as pool:
        with in_thread(HashEncoder()) as models:
            feed = Feed(pool, models, deals)
            for number in range(rounds + 1):
                without = await feed.seconds(Uncounted(pool))
                nobody = await feed.seconds(PostgresFollowings(pool))
                await feed.follow()
                three = await feed.seconds(PostgresFollowings(pool))
                await feed.unfollow()
                if number:
                    found.append((nobody / without, three / without))
                    words = f"uncounted {without:.2f} s, nobody follows {nobody:.2f} s, three {three:.2f} s"
                    print(f"round {number}: {words}", flush=True)
    return found


def main() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the servers stop too
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--deals", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        servers = LocalServers(Path(folder) / "servers", {})
        try:
            found = asyncio.run(measure(servers.up().postgres_dsn, wanted.deals, wanted.rounds))
        finally:
            servers.down()
    nobody, three = (median(ratios) for ratios in zip(*found, strict=True))
    print(f"with counting: {nobody:.3f} times as long while nobody follows, {three:.3f} with three runs")
    if nobody > BAR:
        raise SystemExit(f"counting slows the feed by more than {BAR:g} times")


if __name__ == "__main__":
    main()
