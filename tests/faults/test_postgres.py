"""Postgres dies, is away, refuses, or takes a commit and cannot say so."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import get_args

import asyncpg
import pytest

from contracts import Event
from local import LocalServers
from runtime import Stage, Transaction, open_pool
from runtime.telemetry import Telemetry
from runtime.worker import Worker
from tests.faults.offsets import committed
from tests.faults.probing import drawn, draws, group, nothing_twice
from tests.faults.proxy import Cutter, Moment, cutting
from tests.runtime.probe import Doubler, NumberDoubled, NumberDrawn, build
from tests.stages import StageBench
from tests.until import until

AWAY_SECONDS = 10.0
TROUBLES = (
    "40001",  # serialization failure
    "40P01",  # deadlock
    "53100",  # disk full
    "53300",  # too many connections
    "57014",  # statement timeout
    "57P01",  # administrator's shutdown
)

Trouble = Callable[[Transaction, NumberDrawn], Awaitable[None]]


@dataclass
class TroubledDoubler(Doubler):
    """Its transaction meets trouble, once for each number."""

    trouble: Trouble = field(kw_only=True)
    met: set[str] = field(default_factory=set)

    async def record(self, tx: Transaction, event: NumberDrawn, decision: int) -> Sequence[Event]:
        told = await super().record(tx, event, decision)
        if event.name not in self.met:
            self.met.add(event.name)
            await self.trouble(tx, event)
        return told


def troubled(bench: StageBench, trouble: Trouble) -> Stage:
    return build(bench.settings).on(NumberDrawn, TroubledDoubler(trouble=trouble))


async def test_a_database_that_is_killed_and_stays_away_costs_nothing(
    hurt: StageBench, local_servers: LocalServers
) -> None:
    before, meanwhile = draws(30), draws(30, start=30)

    async def slowly(event: NumberDrawn) -> int:
        await asyncio.sleep(0.2)
        return event.number

    async with hurt.working(build(hurt.settings, slowly)) as worker:
        await hurt.send(*before)
        await hurt.seen("select count(*) > 0 from doubled", expected=True, what="the first result")
        local_servers.kill("postgres")
        read = await committed(*group(hurt))
        await hurt.send(*meanwhile)

        async def long_away() -> bool:
            return time.monotonic() - worker.health.servers["postgres"] > AWAY_SECONDS

        await until(long_away, what="the outage", seconds=AWAY_SECONDS * 2)
        assert await committed(*group(hurt)) == read <= len(before)
        assert worker.health.stuck() == []
        await asyncio.to_thread(local_servers.start, "postgres")
        await hurt.seen("select count(*) from doubled", 60, what="all results", seconds=60)
        await nothing_twice(hurt, [event.name for event in [*before, *meanwhile]])
    assert await hurt.value("select max(crashes) from inbox") <= 1  # leases ran out meanwhile


async def test_a_transaction_that_postgres_breaks_off_is_tried_again(bench: StageBench) -> None:
    async def refused(tx: Transaction, event: NumberDrawn) -> None:
        await tx.connection.execute(f"do $$ begin raise exception using errcode = '{event.name}'; end $$")

    async with bench.working(troubled(bench, refused)):
        await bench.send(*(drawn(code) for code in TROUBLES))
        await bench.published(NumberDoubled, len(TROUBLES))

    await nothing_twice(bench, list(TROUBLES))
    row = "select name, crashes, parks, count(*) as works from inbox group by 1, 2, 3"
    assert await bench.rows(row) == [
        {"name": NumberDrawn.topic, "crashes": 0, "parks": 1, "works": len(TROUBLES)}
    ]


async def test_a_statement_that_takes_too_long_is_tried_again(bench: StageBench) -> None:
    async def too_long(tx: Transaction, _: NumberDrawn) -> None:
        await tx.connection.execute("set local statement_timeout = 50; select pg_sleep(60)")

    async with bench.working(troubled(bench, too_long)):
        await bench.send(drawn("a"))
        await bench.published(NumberDoubled)

    await nothing_twice(bench, ["a"])


async def test_two_that_lock_each_other_out_are_both_done(bench: StageBench) -> None:
    both_hold_one = asyncio.Barrier(2)

    async def locks_crosswise(tx: Transaction, event: NumberDrawn) -> None:
        first, second = (1, 2) if event.name == "a" else (2, 1)
        await tx.connection.execute("select pg_advisory_xact_lock($1)", first)
        await both_hold_one.wait()
        await tx.connection.execute("select pg_advisory_xact_lock($1)", second)

    async with bench.working(troubled(bench, locks_crosswise)):
        await bench.send(drawn("a"), drawn("b"))
        await bench.published(NumberDoubled, 2)

    await nothing_twice(bench, ["a", "b"])
    assert sorted(row["parks"] for row in await bench.rows("select parks from inbox")) == [0, 1]


async def test_more_work_than_connections_only_waits(bench: StageBench) -> None:
    settings = bench.settings.model_copy(update={"postgres_connections": 4, "concurrency": 32})
    events = draws(64)
    async with open_pool(settings, "probe") as pool:

        async def asks(event: NumberDrawn) -> int:
            return int(await pool.fetchval("select $1::int from pg_sleep(0.05)", event.number))

        small = replace(bench, settings=settings, pool=pool)
        async with small.working(build(settings, asks)):
            await bench.send(*events)
            await bench.published(NumberDoubled, len(events))

    await nothing_twice(bench, [event.name for event in events])
    assert await bench.value("select sum(crashes + parks) from inbox") == 0


@pytest.mark.parametrize("moment", get_args(Moment))
async def test_a_commit_whose_outcome_is_unknown_takes_effect_once(bench: StageBench, moment: Moment) -> None:
    events = draws(6)
    async with cutting(bench.settings.postgres_dsn, moment) as (cutter, dsn):
        settings = bench.settings.model_copy(update={"postgres_dsn": dsn})
        async with open_pool(settings, "probe") as pool:
            through = replace(bench, settings=settings, pool=pool)
            async with through.working(troubled(through, _dooming(cutter))):
                await bench.send(*events)
                await bench.published(NumberDoubled, len(events))

    assert cutter.cuts == len(events)
    await nothing_twice(bench, [event.name for event in events])
    assert await bench.value("select max(crashes) from inbox") == 0


async def test_a_worker_with_a_bug_ends_with_an_error(bench: StageBench) -> None:
    worker = Worker(build(bench.settings), bench.pool, Telemetry("probe"))
    await bench.pool.execute("drop table inbox cascade")
    with pytest.raises(asyncpg.UndefinedTableError):
        await asyncio.wait_for(worker.run(), 30)


def _dooming(cutter: Cutter) -> Trouble:
    async def doom(tx: Transaction, _: NumberDrawn) -> None:
        await tx.connection.execute(cutter.marker)

    return doom
