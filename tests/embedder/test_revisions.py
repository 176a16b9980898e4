"""What is decided about later revisions, further models and runs that follow. Ports in memory."""

from collections.abc import Sequence
from typing import Any, cast

import pytest

from contracts import Event, InvalidEvent, Unavailable, WorkFailed
from contracts.deals import Following, PackagesRequested, Snapshot
from contracts.runs import RunCommanded, RunFinished
from contracts.settings import PackageSettings, PackingSettings
from embedder.handler.revisions import Chosen
from embedder.handler.tasks import EmbedShard, WatchRun
from objects import get_content
from runtime import Failure, RunKey
from tests.embedder.deals import item
from tests.embedder.world import CountingEncoding, World, run_of, transaction


def request(*deal_ids: int | str, **more: Any) -> PackagesRequested:
    return PackagesRequested(run_id="RUN_1", deal_ids=tuple(map(item, deal_ids)), **more)


@pytest.fixture
def world() -> World:
    return World()


# Later revisions


def revision(number: int, *deal_ids: int | str, **more: Any) -> PackagesRequested:
    return request(*deal_ids, **more).model_copy(update={"revision": number})


async def test_a_revision_takes_the_deals_as_they_now_are_and_keeps_unchanged_shards(world: World) -> None:
    await world.publish(1, 2, 3, 4)
    await world.run(request(1, 2, 3, 4))
    await world.publish(3, name="another name")
    await world.publish(4, withdrawn=True)

    tasks = await world.ask(revision(2, 1, 2, 3, 4))
    frozen = await world.freeze(revision(2))

    first, second = [await world.freezes.selection(run_of(revision(n))) for n in (1, 2)]
    assert [task.entity for task in tasks] == [second.shard_ids[1]]
    assert first.shards[0] == second.shards[0]
    assert [one.item_id for one in second.excluded] == [item(4)]
    assert (frozen.revision, frozen.items, frozen.excluded, frozen.redo) == (2, 3, 1, "nothing")


async def test_a_revision_of_every_deal_takes_what_has_been_published_since(world: World) -> None:
    await world.publish(1)
    await world.run(PackagesRequested(run_id="RUN_1"))
    await world.publish(2)

    await world.ask(PackagesRequested(run_id="RUN_1", revision=2))

    assert (await world.freezes.selection(RunKey("main", "RUN_1", 2))).item_ids == {item(1), item(2)}


async def test_a_revision_waits_until_the_one_before_is_over(world: World) -> None:
    await world.publish(1)
    await world.ask(request(1))
    with pytest.raises(Unavailable, match="revision 1 is not over"):
        await world.request.decide(revision(2, 1))
    await world.freeze(request(1))
    with pytest.raises(Unavailable, match="revision 1 is not over"):
        await world.request.decide(revision(2, 1))
    await world.finish(request(1), "failed")
    assert isinstance(await world.request.decide(revision(2, 1)), Chosen)


async def test_a_later_revision_of_a_run_that_nobody_knows_is_refused(world: World) -> None:
    with pytest.raises(InvalidEvent, match="a run begins with revision 1") as caught:
        await world.request.decide(revision(2, 1))
    ended = await world.request.give_up(revision(2, 1), Failure(caught.value.code, caught.value.words))

    [finished] = await world.request.record(transaction(run_of(revision(2))), revision(2, 1), ended)

    assert isinstance(finished, RunFinished)
    assert (finished.revision, finished.status) == (2, "refused")


async def test_a_revision_with_other_settings_says_what_is_done_again(world: World) -> None:
    await world.publish(1)
    await world.run(request(1))
    packed = PackageSettings(packing=PackingSettings(min_deals=4))

    await world.ask(revision(2, 1, settings=packed))

    assert (await world.freeze(revision(2))).redo == "packaging"


async def test_a_retry_does_again_what_it_is_told_with_new_answers(world: World) -> None:
    await world.publish(1)
    await world.run(request(1))
    order = RunCommanded(run_id="RUN_1", revision=2, command="retry", redo="enrichment", fresh=True)

    await world.command(order)
    frozen = await world.freeze(order)

    assert frozen.redo == "enrichment"
    assert (frozen.settings.packing.llm.fresh, frozen.settings.enrichment.llm.fresh) == (0, 1)


# Models


def with_model(name: str) -> PackageSettings:
    return PackageSettings(embedding_model=name)


async def test_a_run_may_name_another_model_and_its_snapshot_says_which(world: World) -> None:
    other = world.models.others["small"] = CountingEncoding("small-1")
    await world.publish(1, 2)

    frozen = await world.run(request(1, 2, settings=with_model("small")))

    assert Snapshot.read(await get_content(world.store, frozen.snapshot)).model == "small-1"
    assert (len(other.asked), world.encoding.asked) == (2, [])


async def test_a_run_that_names_a_model_nobody_has_is_refused_with_those_there_are(world: World) -> None:
    world.models.others["small"] = CountingEncoding("small-1")

    with pytest.raises(WorkFailed, match="no model 'huge'; it has counting, small"):
        await world.request.decide(request(1, settings=with_model("huge")))


async def test_a_shard_of_a_model_that_this_worker_lacks_waits_for_another(world: World) -> None:
    world.models.others["small"] = CountingEncoding("small-1")
    await world.publish(1)
    [task] = await world.ask(request(1, settings=with_model("small")))
    world.models.others.clear()

    with pytest.raises(Unavailable, match="none that is called small"):
        await world.shard_embedding.decide(cast("EmbedShard", task))


# Following

FOLLOWING = Following(quiet_seconds=5, max_changes=3)


async def following(world: World, *deal_ids: int) -> None:
    """A run that follows these deals, or all; its first look is over."""
    await world.publish(*(deal_ids or (1,)))
    ids = tuple(map(item, deal_ids)) or None
    event = PackagesRequested(run_id="RUN_1", deal_ids=ids, follow=FOLLOWING, budget_usd=2)
    *_, first = await world.ask(event)
    await world.freeze(event)
    await world.finish(event)
    world.followings.now += 60
    assert await world.watch(first) == []


def watch_in(tasks: Sequence[Event]) -> WatchRun:
    [watch] = [task for task in tasks if isinstance(task, WatchRun)]
    return watch


async def test_a_changed_deal_makes_a_revision_after_a_quiet_time(world: World) -> None:
    await following(world)
    watch = watch_in((await world.publish(2)).events)
    with pytest.raises(Unavailable, match="1 changes wait for 5 quiet seconds"):
        await world.watch(watch)
    world.followings.now += 6

    [asked] = await world.watch(watch)

    assert isinstance(asked, PackagesRequested)
    assert (asked.run_id, asked.revision, asked.budget_usd, asked.follow) == ("RUN_1", 2, 2, None)
    await world.run(asked)
    assert (await world.freezes.selection(run_of(asked))).item_ids == {item(1), item(2)}


async def test_one_watch_serves_all_changes_until_it_is_over(world: World) -> None:
    await following(world)

    watches = [watch_in((await world.publish(number)).events) for number in (2, 3, 4)]

    assert len({watch.event_id for watch in watches}) == 1
    [asked] = await world.watch(watches[0])  # three changes: at once
    assert await world.watch(watches[0]) == []
    await world.run(cast("PackagesRequested", asked))
    later = watch_in((await world.publish(5)).events)
    assert later.event_id != watches[0].event_id


async def test_changes_while_a_revision_runs_make_one_more_afterwards(world: World) -> None:
    await following(world)
    watch = watch_in((await world.publish(2, 3, 4)).events)
    [asked] = await world.watch(watch)
    assert isinstance(asked, PackagesRequested)
    await world.ask(asked)
    watch = watch_in((await world.publish(5, 6, 7)).events)
    with pytest.raises(Unavailable, match="revision 2 to end"):
        await world.watch(watch)
    await world.freeze(asked)
    with pytest.raises(Unavailable, match="revision 2 to end"):
        await world.watch(watch)
    await world.finish(asked, "completed_with_failures")

    [asked] = await world.watch(watch)

    assert isinstance(asked, PackagesRequested)
    assert asked.revision == 3


async def test_what_changes_while_the_watch_decides_is_watched_on(world: World) -> None:
    await following(world)
    watch = watch_in((await world.publish(2, 3, 4)).events)
    decision = await world.watching.decide(watch)
    await world.publish(5)

    asked, later = await world.watching.record(transaction(run_of(watch)), watch, decision)

    assert isinstance(asked, PackagesRequested)
    assert isinstance(later, WatchRun)
    assert later.number != watch.number


async def test_a_deal_that_is_again_what_it_was_makes_no_revision(world: World) -> None:
    await following(world)
    watch = watch_in((await world.publish(1, name="another")).events)
    await world.publish(1)
    world.followings.now += 6

    assert await world.watch(watch) == []
    assert watch_in((await world.publish(2)).events).number != watch.number


async def test_deals_that_the_run_did_not_ask_for_do_not_concern_it(world: World) -> None:
    await following(world, 1, 2)

    assert [task for task in (await world.publish(3)).events if isinstance(task, WatchRun)] == []
    assert watch_in((await world.publish(2, withdrawn=True)).events).followed == "RUN_1"


async def test_a_retry_by_hand_is_looked_after_and_its_settings_are_kept(world: World) -> None:
    await following(world)
    watch = watch_in((await world.publish(2)).events)
    order = RunCommanded(run_id="RUN_1", revision=2, command="retry", redo="packaging", fresh=True)
    await world.command(order)
    await world.freeze(order)
    [again] = await world.finish(order)
    assert again == watch
    world.followings.now += 6

    [asked] = await world.watch(watch)

    assert isinstance(asked, PackagesRequested)
    assert (asked.revision, asked.settings.packing.llm.fresh) == (3, 1)


@pytest.mark.parametrize("command", ["unfollow", "cancel"])
async def test_following_ends_by_command(world: World, command: Any) -> None:
    await following(world)
    watch = watch_in((await world.publish(2, 3, 4)).events)

    await world.command(RunCommanded(run_id="RUN_1", command=command))

    assert await world.watch(watch) == []
    assert [task for task in (await world.publish(5)).events if isinstance(task, WatchRun)] == []


@pytest.mark.parametrize(
    ("status", "follows"), [("cancelled", 0), ("refused", 0), ("failed", 1), ("completed", 1)]
)
async def test_following_ends_with_a_revision_that_is_cancelled_or_refused(
    world: World, status: Any, follows: int
) -> None:
    await following(world)

    await world.finish(PackagesRequested(run_id="RUN_1"), status)

    assert len(world.followings.rows) == follows


async def test_a_run_that_exists_can_begin_to_follow_even_if_it_was_cancelled(world: World) -> None:
    await world.publish(1, 2)
    await world.run(request(1))
    order = RunCommanded(run_id="RUN_1", command="follow", follow=FOLLOWING)

    decision = await world.commands.give_up(order, Failure("cancelled", ""))
    [watch] = await world.commands.record(transaction(run_of(order)), order, decision)

    assert await world.command(order) == [watch]
    assert world.followings.rows["main", "RUN_1"].ids == {item(1)}


async def test_a_run_that_nobody_knows_cannot_follow(world: World) -> None:
    order = RunCommanded(run_id="RUN_9", command="follow", follow=FOLLOWING)

    with pytest.raises(InvalidEvent, match="unknown_run"):
        await world.commands.decide(order)
    assert await world.commands.give_up(order, Failure("cancelled", "")) is None
