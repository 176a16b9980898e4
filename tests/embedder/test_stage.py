"""The embedder on real Kafka, Postgres and S3."""

import asyncio
import io

import asyncpg
import numpy as np
import pytest
from numpy.typing import NDArray

from contracts.deal import Deal
from contracts.deals import DealPublished, ItemsFrozen, PackagesRequested
from contracts.runs import EventBuried, RunCommanded, RunFinished
from embedder.adapters import (
    PostgresFollowings,
    PostgresFreezes,
    PostgresItems,
    PostgresUploads,
    PostgresVectors,
)
from embedder.app import build
from embedder.settings import Settings
from objects import ObjectStore, get_content
from runtime import Stage
from tests.embedder.deals import item, plain_deal, published
from tests.embedder.seeing import frozen, known, seen, snapshot_of
from tests.runtime.conftest import Bench
from tests.until import until


class StuckModels:
    """An encoder that never answers, and no other."""

    model = "stuck"
    names = ("stuck",)

    @property
    def default(self) -> "StuckModels":
        return self

    async def named(self, name: str | None) -> "StuckModels":
        return self

    async def encode(self, texts: list[str]) -> NDArray[np.float32]:
        await asyncio.Event().wait()
        raise AssertionError(texts)


async def test_a_run_over_all_deals_freezes_bodies_and_vectors_in_one_order(
    bench: Bench, stage: Stage, s3: ObjectStore
) -> None:
    async with bench.working(stage):
        await bench.raw(DealPublished.topic, plain_deal(1))
        await bench.send(*(published(number) for number in range(2, 26)))
        await known(bench, 25)
        await bench.send(PackagesRequested(run_id="RUN_1", budget_usd=3))
        [event] = await frozen(bench)

    snapshot = await snapshot_of(s3, event)
    names: list[str] = []
    for shard in snapshot.shards:
        bodies = (await get_content(s3, shard.bodies)).splitlines()
        names += [Deal.read(body).item_id for body in bodies]
        vectors = np.load(io.BytesIO(await get_content(s3, shard.vectors)))
        assert vectors.shape == (len(bodies), 256)
        assert vectors.dtype == np.float32
    assert names == sorted(item(number) for number in range(1, 26))
    assert (event.items, event.failed, event.excluded, event.budget_usd) == (25, 0, 0, 3)


async def test_a_run_waits_for_its_deals_and_names_those_that_never_came(
    bench: Bench, stage: Stage, s3: ObjectStore
) -> None:
    ids = tuple(item(number) for number in (1, 2, 3))
    async with bench.working(stage):
        await bench.send(PackagesRequested(run_id="RUN_1", deal_ids=ids, wait_seconds=2))
        await seen(bench, "select count(*) from request", "the wait to begin")
        await bench.send(published(1), published(2))
        [event] = await frozen(bench)

    snapshot = await snapshot_of(s3, event)
    assert (event.items, event.failed) == (2, 1)
    assert [(one.item_id, one.code) for one in snapshot.failed] == [(item(3), "not_published")]
    assert await bench.value("select crashes from inbox where name = $1", PackagesRequested.topic) == 0


async def test_a_null_value_withdraws_and_the_deal_is_excluded(
    bench: Bench, stage: Stage, s3: ObjectStore
) -> None:
    ids = (item(1), item(2))
    async with bench.working(stage):
        await bench.send(published(1), published(2))
        await bench.raw(DealPublished.topic, plain_deal(3), key=b"row 3")
        await known(bench, 3)
        await bench.raw(DealPublished.topic, None, key=f"main/{item(1)}".encode())
        await bench.raw(DealPublished.topic, None, key=b"row 3")
        await known(bench, 1)
        await bench.send(PackagesRequested(run_id="RUN_1", deal_ids=ids, wait_seconds=0))
        [event] = await frozen(bench)

    [gone] = (await snapshot_of(s3, event)).excluded
    assert (event.items, gone.item_id, gone.code) == (1, item(1), "withdrawn")


async def test_an_empty_run_is_frozen_at_once(bench: Bench, stage: Stage) -> None:
    async with bench.working(stage):
        await bench.send(PackagesRequested(run_id="RUN_1", deal_ids=()))
        [event] = await frozen(bench)

    assert (event.items, event.failed, event.excluded) == (0, 0, 0)


async def test_a_retry_adds_what_has_come_and_keeps_what_was_made(
    bench: Bench, stage: Stage, s3: ObjectStore
) -> None:
    ids = tuple(item(number) for number in range(15))
    async with bench.working(stage):
        await bench.send(*(published(number) for number in range(12)))
        await known(bench, 12)
        await bench.send(PackagesRequested(run_id="RUN_1", deal_ids=ids, wait_seconds=0))
        [first] = await frozen(bench)
        await bench.send(published(12), published(13))
        await known(bench, 14)
        await bench.send(RunCommanded(run_id="RUN_1", revision=2, command="retry"))
        _, second = await frozen(bench, 2)

    before, after = await snapshot_of(s3, first), await snapshot_of(s3, second)
    assert (first.items, first.failed) == (12, 3)
    assert (second.revision, second.items, second.failed) == (2, 14, 1)
    assert set(before.shards) < set(after.shards)
    made = await bench.fetch("select revision, count(vectors) from shard group by 1 order by 1")
    assert [tuple(row.values()) for row in made] == [(1, 2), (2, 1)]


async def test_a_run_cancelled_while_it_waits_ends_once(bench: Bench, stage: Stage) -> None:
    async with bench.working(stage):
        await bench.send(PackagesRequested(run_id="RUN_1", deal_ids=(item(1),), wait_seconds=600))
        await seen(bench, "select count(*) from request", "the wait to begin")
        await bench.send(RunCommanded(run_id="RUN_1", command="cancel"))
        [record] = await bench.published(RunFinished)
        await bench.send(PackagesRequested(run_id="RUN_2", deal_ids=()))
        await frozen(bench)

    finished = RunFinished.read(record.value)
    assert (finished.run_id, finished.status) == ("RUN_1", "cancelled")
    assert await bench.value("select count(*) from outbox where topic = $1", RunFinished.topic) == 1
    assert await bench.value("select count(*) from outbox where topic = $1", ItemsFrozen.topic) == 1


async def test_a_run_cancelled_while_it_is_embedded_freezes_what_it_has_and_fails_the_rest(
    bench: Bench, settings: Settings, pool: asyncpg.Pool, s3: ObjectStore
) -> None:
    stuck = StuckModels()
    stage = build(
        settings,
        deals=PostgresItems(pool, "deal"),
        products=PostgresItems(pool, "product"),
        freezes=PostgresFreezes(pool),
        followings=PostgresFollowings(pool),
        vectors=PostgresVectors(pool),
        uploads=PostgresUploads(pool),
        models=stuck,
        store=s3,
    )
    async with bench.working(stage):
        await bench.send(published(1), published(2))
        await known(bench, 2)
        await bench.send(PackagesRequested(run_id="RUN_1"))
        await seen(bench, "select count(*) from inbox where name = 'embedder.embed_shard'", "the shard")
        await bench.send(RunCommanded(run_id="RUN_1", command="cancel"))
        [event] = await frozen(bench)

    assert {one.code for one in (await snapshot_of(s3, event)).failed} == {"cancelled"}
    assert (event.items, event.failed) == (0, 2)


async def test_a_request_that_names_no_deals_ends_its_run_and_becomes_a_dead_letter(
    bench: Bench, stage: Stage
) -> None:
    async with bench.working(stage):
        await bench.send(PackagesRequested(run_id="RUN_1", deal_ids=("3001",)))
        [record] = await bench.published(RunFinished)
        [letter] = await bench.published(EventBuried)

    finished = RunFinished.read(record.value)
    assert finished.status == "refused"
    assert "3001" in finished.words
    assert EventBuried.read(letter.value).code == "deal_id"


POISON = [
    pytest.param(b"{not json", "json", id="bad JSON"),
    pytest.param(b"[]", "schema", id="no object"),
    pytest.param(plain_deal(1, commercial={"floor_price": -1}), "schema", id="a negative floor"),
    pytest.param(
        b'{"deal_id": "\\ud800", "deal_name": "a", "ssp_name": "b"}', "schema", id="half a character"
    ),
    pytest.param(plain_deal(1, name="a\x00b"), "schema", id="a null character"),
    pytest.param(plain_deal(1, version=2**60), "schema", id="a version that no row can hold"),
]


@pytest.mark.parametrize(("value", "code"), POISON)
async def test_a_deal_that_cannot_be_read_is_buried_and_the_others_are_taken_in(
    bench: Bench, stage: Stage, value: bytes, code: str
) -> None:
    async with bench.working(stage):
        await bench.raw(DealPublished.topic, value)
        await bench.send(*(published(number) for number in range(3)))
        await known(bench, 3)
        [letter] = await bench.published(EventBuried)

    assert EventBuried.read(letter.value).code == code


async def test_a_version_with_two_contents_is_buried_and_the_first_stays(bench: Bench, stage: Stage) -> None:
    async with bench.working(stage):
        await bench.raw(DealPublished.topic, plain_deal(1, version=4, name="first"))
        await known(bench, 1)
        await bench.raw(DealPublished.topic, plain_deal(1, version=4, name="second"))
        [letter] = await bench.published(EventBuried)

    assert EventBuried.read(letter.value).code == "version_conflict"
    assert await bench.value("select name from item") == "first"


async def test_published_deals_get_their_vectors_before_a_run_asks(bench: Bench, stage: Stage) -> None:
    async with bench.working(stage):
        await bench.send(*(published(number) for number in range(8)))

        async def embedded() -> bool:
            return bool(await bench.value("select count(*) from vector") == 8)

        await until(embedded, what="eight vectors")


async def test_the_views_show_deals_and_frozen_runs(bench: Bench, stage: Stage) -> None:
    async with bench.working(stage):
        await bench.send(published(1, version=3))
        await known(bench, 1)
        await bench.send(PackagesRequested(run_id="RUN_1"))
        [event] = await frozen(bench)

    [shown] = await bench.fetch("select tenant, kind, item_id, version, name, withdrawn from read.items_v1")
    assert tuple(shown.values()) == ("main", "deal", item(1), 3, "Sports deal 1", False)
    [run] = await bench.fetch(
        "select run_id, revision, snapshot_sha256, items, requested_at from read.frozen_v1"
    )
    assert tuple(run.values())[:4] == ("RUN_1", 1, event.snapshot.sha256, 1)
    assert run["requested_at"] is not None
