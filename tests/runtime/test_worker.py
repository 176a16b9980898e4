"""A worker as a whole: how it starts, and how it ends when something is broken."""

from dataclasses import replace

import asyncpg
import pytest

from runtime.inbox import Work, accept
from runtime.work import RunKey
from runtime.world import is_world
from tests.runtime.conftest import Bench
from tests.runtime.probe import NumberDrawn
from tests.until import until

NOWHERE = "127.0.0.1:1"


async def test_what_is_in_the_inbox_is_done_while_kafka_is_away(bench: Bench) -> None:
    event = NumberDrawn(run_id="RUN_1", name="a", number=1)
    run = RunKey(event.tenant, event.run_id, event.revision)
    work = Work(event.event_id, run, event.topic, event.canonical(), traceparent="")
    async with bench.pool.acquire() as connection:
        await accept(connection, [work])
    alone = replace(bench, settings=bench.settings.model_copy(update={"kafka_servers": NOWHERE}))

    async def done() -> bool:
        return bool(await bench.value("select count(*) from doubled"))

    async with alone.working():
        await until(done, what="work done without Kafka")


async def test_a_worker_that_is_told_to_stop_stops_although_kafka_is_away(bench: Bench) -> None:
    alone = replace(bench, settings=bench.settings.model_copy(update={"kafka_servers": NOWHERE}))
    async with alone.working():
        pass


@pytest.mark.parametrize(
    ("error", "world"),
    [
        pytest.param(
            asyncpg.InternalClientError("cannot switch to state 12"), True, id="cut off in an answer"
        ),
        pytest.param(asyncpg.ConnectionDoesNotExistError("closed"), True, id="connection lost"),
        pytest.param(asyncpg.UndefinedColumnError("no such column"), False, id="wrong query"),
        pytest.param(asyncpg.exceptions.DataError("wrong argument"), False, id="wrong argument"),
    ],
)
def test_only_what_waiting_may_mend_is_the_world(error: Exception, *, world: bool) -> None:
    assert is_world(error) is world
