"""The provider's limits hold for all workers together."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import asyncpg
import pytest

from contracts import Unavailable
from llm.bucket import Bucket, Limits
from tests.until import until


def bucket(pool: asyncpg.Pool, limits: Limits, longest_wait_seconds: float = 5) -> Bucket:
    return Bucket(pool, "provider", limits, longest_wait_seconds)


class Gauge:
    def __init__(self) -> None:
        self.now = self.most = 0

    @asynccontextmanager
    async def inside(self) -> AsyncIterator[None]:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            yield
        finally:
            self.now -= 1


async def test_no_more_calls_at_once_than_allowed_over_two_workers(pool: asyncpg.Pool) -> None:
    gauge = Gauge()
    workers = [bucket(pool, Limits(concurrency=3)) for _ in range(2)]

    async def call(worker: Bucket) -> None:
        async with worker.slot(10, 5), gauge.inside():
            await asyncio.sleep(0.02)

    await asyncio.gather(*(call(workers[number % 2]) for number in range(20)))
    assert gauge.most == 3
    assert await pool.fetchval("select count(*) from llm.slot") == 0


async def test_a_slot_that_another_worker_is_taking_is_seen(pool: asyncpg.Pool) -> None:
    only = bucket(pool, Limits(concurrency=1), longest_wait_seconds=0.5)
    taken = asyncio.Event()

    async def take() -> None:
        async with only.slot(10, 5):
            taken.set()

    await pool.execute("insert into llm.bucket (provider) values ('provider')")
    async with pool.acquire() as other:
        async with other.transaction():
            await other.execute("select from llm.bucket where provider = 'provider' for update")
            await other.execute(
                "insert into llm.slot values (gen_random_uuid(), 'provider', now() + interval '1 h')"
            )
            asking = asyncio.create_task(take())
            await until(partial(_waits_for_a_lock, pool), what="the second worker waits for the first")
        with pytest.raises(Unavailable):
            await asking
    assert not taken.is_set()


async def _waits_for_a_lock(pool: asyncpg.Pool) -> bool:
    waiting = await pool.fetchval(
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%take_slot%'"
    )
    return bool(waiting)


async def test_requests_a_minute_are_paced(pool: asyncpg.Pool) -> None:
    """600 a minute are 10 a second; the first 100 may go at once."""
    paced = bucket(pool, Limits(concurrency=100, requests_per_minute=600))
    await pool.execute("insert into llm.bucket (provider, requests) values ('provider', 1)")
    began = time.monotonic()
    for _ in range(6):
        async with paced.slot(10, 5):
            pass
    assert 0.4 < time.monotonic() - began < 2


async def test_tokens_a_minute_are_paced_by_what_was_used(pool: asyncpg.Pool) -> None:
    paced = bucket(pool, Limits(concurrency=100, tokens_per_minute=600), longest_wait_seconds=0.5)
    async with paced.slot(1000, 5) as slot:  # 100 may go at once, and one call may overdraw
        slot.used_tokens = 90
    async with paced.slot(1000, 5) as slot:
        slot.used_tokens = 1000
    with pytest.raises(Unavailable, match="asked us to wait") as waits:
        async with paced.slot(10, 5):
            pass
    assert 80 < (waits.value.retry_after_seconds or 0) < 100


async def test_a_busy_provider_halves_the_calls_at_once_and_success_brings_them_back(
    pool: asyncpg.Pool,
) -> None:
    adaptive = bucket(pool, Limits(concurrency=8))

    async def allowed() -> float:
        return float(await pool.fetchval("select allowed from llm.bucket"))

    for _ in range(3):  # that fail together: one cut
        async with adaptive.slot(10, 5) as slot:
            slot.outcome = "overload"
    assert await allowed() == 4
    await pool.execute("update llm.bucket set cut_at = cut_at - interval '2 seconds'")
    async with adaptive.slot(10, 5) as slot:
        slot.outcome = "overload"
    assert await allowed() == 2
    for _ in range(4):
        async with adaptive.slot(10, 5) as slot:
            slot.outcome = "answered"
    assert 3 < await allowed() < 4.5
    for _ in range(40):
        async with adaptive.slot(10, 5) as slot:
            slot.outcome = "answered"
    assert await allowed() == 8


async def test_everybody_waits_as_long_as_the_provider_says(pool: asyncpg.Pool) -> None:
    first, second = (bucket(pool, Limits(concurrency=8)) for _ in range(2))
    async with first.slot(10, 5) as slot:
        slot.outcome, slot.block_seconds = "overload", 0.4
    began = time.monotonic()
    async with second.slot(10, 5):
        assert time.monotonic() - began >= 0.3


async def test_the_slot_of_a_dead_worker_comes_back(pool: asyncpg.Pool) -> None:
    only = bucket(pool, Limits(concurrency=1), longest_wait_seconds=0.3)
    await pool.execute(
        "insert into llm.slot values (gen_random_uuid(), 'provider', now() + interval '1 hour')"
    )
    with pytest.raises(Unavailable, match="no call was free"):
        async with only.slot(10, 5):
            pass
    await pool.execute("update llm.slot set expires_at = now()")
    async with only.slot(10, 5):
        assert await pool.fetchval("select count(*) from llm.slot") == 1


async def test_a_slot_costs_milliseconds(pool: asyncpg.Pool) -> None:
    quick = bucket(pool, Limits(concurrency=64, requests_per_minute=1e6, tokens_per_minute=1e9))
    began = time.monotonic()
    for _ in range(100):
        async with quick.slot(10, 5) as slot:
            slot.used_tokens, slot.outcome = 5, "answered"
    assert (time.monotonic() - began) / 100 < 0.02  # about 0.002 on a quiet machine
