"""Counting in the pool of processes."""

import time

from bundling.deadline import Deadline
from bundling.mining import Baskets, Pairs, PairShard, count_pairs
from bundling.orders import OrderBook
from runtime import Cpu


class ProcessMiner:
    def __init__(self, cpu: Cpu) -> None:
        self.cpu = cpu

    async def pairs(self, book: OrderBook, shard: PairShard, *, cap: int | None, deadline: Deadline) -> Pairs:
        return await self.cpu.run(count, book, shard, cap, deadline.at_seconds)


def count(book: OrderBook, shard: PairShard, cap: int | None, ends_at: float) -> Pairs:
    return count_pairs(Baskets.of(book, cap=cap), shard=shard, deadline=Deadline(ends_at, time.monotonic))
