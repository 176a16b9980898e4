"""Later revisions, and runs that follow the feed, on real Kafka, Postgres and S3."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from contracts.deals import Following, PackagesRequested
from contracts.runs import RunCommanded, RunFinished, RunStatus
from contracts.settings import EnrichmentSettings, PackageSettings
from objects import ObjectStore
from runtime import Stage
from runtime.worker import Worker
from tests.embedder.deals import item, published
from tests.embedder.seeing import frozen, known, seen, snapshot_of
from tests.runtime.conftest import Bench


async def over(bench: Bench, *revisions: int, status: RunStatus = "completed") -> None:
    """What the other stages would say: these revisions of the run are finished."""
    for revision in revisions:
        await bench.send(RunFinished(run_id="RUN_1", revision=revision, kind="packages", status=status))


async def requested(bench: Bench, count: int = 1) -> list[PackagesRequested]:
    """All that was asked for, whoever asked, by revision."""
    records = await bench.published(PackagesRequested, count)
    return sorted((PackagesRequested.read(one.value) for one in records), key=lambda one: one.revision)


async def settled(bench: Bench) -> None:
    """Nothing is left to look at: every change is dealt with."""
    await seen(bench, "select not watching and changes = 0 from following", "all changes are dealt with")


NOTHING_OPEN = "select count(*) = 0 from inbox where run_id = 'RUN_1' and state in ('pending', 'leased')"
FOLLOWING = Following(quiet_seconds=1, max_changes=5)
FOLLOWED = PackagesRequested(run_id="RUN_1", follow=FOLLOWING)


@asynccontextmanager
async def a_followed_run(bench: Bench, stage: Stage) -> AsyncIterator[Worker]:
    """Three deals, in a run that follows and is over for the first time."""
    async with bench.working(stage) as worker:
        await bench.send(*(published(number) for number in range(3)))
        await known(bench, 3)
        await bench.send(FOLLOWED)
        await frozen(bench)
        await over(bench, 1)
        await settled(bench)
        yield worker


async def test_a_revision_is_frozen_with_the_deals_as_they_now_are_once_the_one_before_is_over(
    bench: Bench, stage: Stage, s3: ObjectStore
) -> None:
    ids = tuple(item(number) for number in range(12))
    async with bench.working(stage):
        await bench.send(*(published(number) for number in range(12)))
        await known(bench, 12)
        first = PackagesRequested(run_id="RUN_1", deal_ids=ids)
        await bench.send(first)
        await frozen(bench)
        await bench.send(published(11, name="another name"))
        await seen(bench, "select count(*) from item where name = 'another name'", "the change")
        settings = PackageSettings(enrichment=EnrichmentSettings(currency="EUR"))
        await bench.send(first.model_copy(update={"revision": 2, "settings": settings}))
        await seen(
            bench, "select count(*) from inbox where reason like '%revision 1 is not over%'", "the wait"
        )
        await over(bench, 1)
        one, two = await frozen(bench, 2)

    before, after = await snapshot_of(s3, one), await snapshot_of(s3, two)
    assert (two.revision, two.items, two.redo, two.settings) == (2, 12, "enrichment", settings)
    assert len(set(before.shards) & set(after.shards)) == 1
    made = await bench.fetch("select revision, count(vectors) from shard group by 1 order by 1")
    assert [tuple(row.values()) for row in made] == [(1, 2), (2, 1)]


async def test_three_changes_and_a_quiet_time_make_exactly_one_revision(bench: Bench, stage: Stage) -> None:
    async with a_followed_run(bench, stage):
        for number in (1, 2, 3):
            await bench.send(published(number, name=f"changed {number}"))
        _, second = await frozen(bench, 2)
        await over(bench, 2)
        await settled(bench)
        await seen(bench, NOTHING_OPEN, "the end of all work of the run")

    assert (second.revision, second.items) == (2, 4)
    assert [one.revision for one in await requested(bench, 2)] == [1, 2]
    assert await bench.value("select count(*) from outbox where topic = $1", PackagesRequested.topic) == 1


async def test_many_changes_make_a_revision_without_a_quiet_time(bench: Bench, stage: Stage) -> None:
    patient = FOLLOWED.model_copy(update={"follow": Following(quiet_seconds=3600, max_changes=5)})
    async with bench.working(stage):
        await bench.send(patient)
        await frozen(bench)
        await over(bench, 1)
        await bench.send(*(published(number) for number in range(5)))
        _, second = await frozen(bench, 2)

    assert (second.revision, second.items) == (2, 5)


async def test_changes_while_a_revision_runs_make_one_more_afterwards(bench: Bench, stage: Stage) -> None:
    async with a_followed_run(bench, stage):
        await bench.send(published(1, name="changed"))
        await frozen(bench, 2)
        await bench.send(*(published(number, name="changed again") for number in range(9)))
        await seen(bench, "select changes = 9 from following", "the changes to be counted")
        await seen(bench, "select count(*) from inbox where reason like '%revision 2 to end%'", "the wait")
        await over(bench, 2)
        *_, third = await frozen(bench, 3)
        await over(bench, 3)
        await settled(bench)

    assert (third.revision, third.items) == (3, 9)
    assert [one.revision for one in await requested(bench, 3)] == [1, 2, 3]


async def test_a_worker_that_dies_while_it_watches_costs_no_revision_and_makes_none_twice(
    bench: Bench, stage: Stage
) -> None:
    async with a_followed_run(bench, stage):
        await bench.send(published(1, name="changed"))
        await seen(bench, "select watching from following", "the watch")
    # As a crash leaves it: leased to somebody who is gone.
    await bench.pool.execute(
        "update inbox set state = 'leased', token = gen_random_uuid(), due_at = now()"
        " where name = 'embedder.watch_run' and state = 'pending'"
    )
    async with bench.working(stage), bench.working(stage):
        _, second = await frozen(bench, 2)
        await over(bench, 2)
        await settled(bench)

    assert second.revision == 2
    assert [one.revision for one in await requested(bench, 2)] == [1, 2]


@pytest.mark.parametrize("command", ["unfollow", "cancel"])
async def test_a_run_stops_following_when_it_is_told_to(bench: Bench, stage: Stage, command: Any) -> None:
    async with a_followed_run(bench, stage):
        await bench.send(RunCommanded(run_id="RUN_1", command=command))
        await seen(bench, "select count(*) = 0 from following", "the end of following")
        await bench.send(*(published(number) for number in range(3, 12)))
        await known(bench, 12)

    assert await bench.value("select count(*) from outbox where topic = $1", PackagesRequested.topic) == 0
    assert (
        await bench.value(
            "select count(*) from inbox where name = 'embedder.watch_run' and state = 'pending'"
        )
        == 0
    )


async def test_a_run_that_is_over_can_begin_to_follow_and_the_view_shows_it(
    bench: Bench, stage: Stage
) -> None:
    async with bench.working(stage):
        await bench.send(published(1))
        await known(bench, 1)
        await bench.send(PackagesRequested(run_id="RUN_1", deal_ids=(item(1), item(2)), wait_seconds=0))
        await frozen(bench)
        await over(bench, 1)
        await bench.send(RunCommanded(run_id="RUN_1", command="follow", follow=FOLLOWING))
        await seen(bench, "select count(*) from following", "the following")
        [shown] = await bench.fetch("select run_id, quiet_seconds, max_changes, deals from read.following_v1")
        await bench.send(published(2))
        _, second = await frozen(bench, 2)

    assert tuple(shown.values()) == ("RUN_1", 1, 5, 2)
    assert (second.revision, second.items, second.failed) == (2, 2, 0)


async def test_a_run_that_names_an_unknown_model_is_refused_with_those_there_are(
    bench: Bench, stage: Stage
) -> None:
    async with bench.working(stage):
        settings = PackageSettings(embedding_model="huge")
        await bench.send(PackagesRequested(run_id="RUN_1", settings=settings))
        [record] = await bench.published(RunFinished)

    finished = RunFinished.read(record.value)
    assert finished.status == "refused"
    assert "no model 'huge'; it has hash-256" in finished.words
