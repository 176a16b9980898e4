"""One suite for runs that follow, in memory and on Postgres."""

import asyncio
from dataclasses import replace

from contracts.deals import Following
from runtime import RunKey
from tests.embedder.ports import RUN, SELECTION, Ports, select

FOLLOWING = Following(quiet_seconds=7, max_changes=5)


async def start(ports: Ports, run: RunKey = RUN, ids: list[str] | None = None) -> int:
    async with ports.begin(run) as tx:
        return await ports.followings.start(tx, FOLLOWING, ids)


async def count(ports: Ports, *item_ids: str, tenant: str = "main") -> list[tuple[str, int]]:
    async with ports.begin(RUN) as tx:
        return await ports.followings.count(tx, tenant, item_ids)


async def settle(ports: Ports, watch: int, seen: int, asked: tuple[int, str] | None = None) -> int | None:
    async with ports.begin(RUN) as tx:
        return await ports.followings.settle(tx, "RUN_1", watch, seen, asked)


async def test_a_run_begins_to_follow_with_one_look(ports: Ports) -> None:
    watch = await start(ports)

    found = await ports.followings.find("main", "RUN_1", watch)
    assert found is not None
    assert (found.quiet_seconds, found.max_changes, found.changes) == (7, 5, 1)
    assert (found.asked_revision, found.last_revision, found.last_is_over) == (1, 0, False)
    assert await ports.followings.find("main", "RUN_1", watch + 1) is None
    assert await start(ports) == watch  # once more: the same watch


async def test_changes_of_every_deal_count_for_runs_of_every_deal_and_of_some_for_theirs(
    ports: Ports,
) -> None:
    every = await start(ports)
    some = await start(ports, RunKey("main", "RUN_2", 1), ["x.com/1", "x.com/2"])

    assert await count(ports, "x.com/3", "x.com/4") == [("RUN_1", every)]
    assert await count(ports, "x.com/2") == [("RUN_1", every), ("RUN_2", some)]
    assert await count(ports, "x.com/2", tenant="other") == []
    found = [await ports.followings.find("main", f"RUN_{n}", w) for n, w in ((1, every), (2, some))]
    assert [one and one.changes for one in found] == [4, 2]


async def test_the_deals_that_count_can_be_others_later(ports: Ports) -> None:
    watch = await start(ports, ids=["x.com/1", "x.com/2"])
    async with ports.begin(RUN) as tx:
        await ports.followings.ask(tx, ["x.com/2", "x.com/3"])
    assert await count(ports, "x.com/1") == []
    assert await count(ports, "x.com/3") == [("RUN_1", watch)]
    async with ports.begin(RUN) as tx:
        await ports.followings.ask(tx, None)
    assert await count(ports, "x.com/1") == [("RUN_1", watch)]
    async with ports.begin(RunKey("main", "RUN_2", 1)) as tx:
        await ports.followings.ask(tx, None)
    assert [run_id for run_id, _ in await count(ports, "x.com/1")] == ["RUN_1"]


async def test_what_was_seen_is_dealt_with_and_what_came_meanwhile_gets_a_watch_of_its_own(
    ports: Ports,
) -> None:
    first = await start(ports)
    await count(ports, "x.com/1")
    second = await settle(ports, first, 1, (2, "asked"))
    assert second not in (None, first)
    assert await settle(ports, first, 1) is None

    found = await ports.followings.find("main", "RUN_1", second or 0)
    assert found is not None
    assert (found.changes, found.asked_revision) == (1, 2)
    assert await settle(ports, second or 0, 1) is None
    assert await ports.followings.find("main", "RUN_1", second or 0) is None
    [(_, third)] = await count(ports, "x.com/1")
    assert third not in (first, second)


async def test_a_run_that_stopped_and_began_again_has_nothing_of_before(ports: Ports) -> None:
    before = await start(ports, ids=["x.com/1"])
    async with ports.begin(RUN) as tx:
        assert await ports.followings.stop(tx)
        assert not await ports.followings.stop(tx)
    assert await count(ports, "x.com/1") == []

    assert await start(ports, ids=["x.com/2"]) != before
    assert await count(ports, "x.com/1") == []


async def test_the_end_of_a_revision_that_following_did_not_ask_for_is_looked_into(ports: Ports) -> None:
    second = RunKey("main", "RUN_1", 2)
    await select(ports)
    watch = await start(ports)
    await settle(ports, watch, 1, (2, "r"))
    for run, asked in ((RUN, "r"), (second, "r"), (RunKey("main", "RUN_1", 3), "by hand")):
        if run != RUN:
            await select(ports, run, replace(SELECTION, request_sha256=asked))
        async with ports.begin(run) as tx:
            await ports.freezes.finish(tx, "completed")
            looked = await ports.followings.finished(tx)
        assert (looked is not None) == (asked == "by hand")
    found = await ports.followings.find("main", "RUN_1", looked or 0)
    assert found is not None
    assert (found.changes, found.last_revision, found.last_is_over) == (1, 3, True)


async def test_the_quiet_time_is_told_by_the_clock_of_the_database(postgres: Ports) -> None:
    watch = await start(postgres)

    first = await postgres.followings.find("main", "RUN_1", watch)
    second = await postgres.followings.find("main", "RUN_1", watch)

    assert first is not None
    assert second is not None
    assert 0 <= first.quiet_for_seconds < second.quiet_for_seconds < 5


async def test_batches_that_change_the_deals_of_several_runs_take_turns(postgres: Ports) -> None:
    for number in range(5):
        await start(postgres, RunKey("main", f"RUN_{number}", 1))

    told = await asyncio.gather(*(count(postgres, "x.com/1", "x.com/2") for _ in range(8)))

    assert all(one == told[0] for one in told)
    found = [await postgres.followings.find("main", run_id, watch) for run_id, watch in told[0]]
    assert [one and one.changes for one in found] == [17] * 5
