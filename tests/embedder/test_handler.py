"""What is decided about requests, retries and shards. Ports in memory."""

import asyncio
from typing import Any, cast

import pytest

from contracts import InvalidEvent, Reference, Unavailable
from contracts.deals import PackagesRequested, Snapshot
from contracts.runs import RunCommanded, RunFinished
from embedder.handler.revisions import Chosen
from embedder.handler.tasks import EmbedShard, EmbedTexts
from objects import get_content, put_content
from runtime import Arrived, Failure, RunKey
from tests.embedder.deals import item, published
from tests.embedder.world import World, run_of, transaction


def request(*deal_ids: int | str, **more: Any) -> PackagesRequested:
    return PackagesRequested(run_id="RUN_1", deal_ids=tuple(map(item, deal_ids)), **more)


def retry(revision: int = 2, run_id: str = "RUN_1") -> RunCommanded:
    return RunCommanded(run_id=run_id, revision=revision, command="retry")


@pytest.fixture
def world() -> World:
    return World()


# Deals as they are published


async def test_what_is_published_is_embedded_under_one_task_for_its_texts(world: World) -> None:
    taken = await world.publish(1, 2, 2)

    [task] = taken.events
    assert isinstance(task, EmbedTexts)
    assert len(task.texts) == 2
    await world.text_embedding.decide(task)
    assert len(world.vectors.rows) == 2


async def test_what_is_published_again_unchanged_makes_no_work(world: World) -> None:
    [task] = (await world.publish(1)).events
    await world.text_embedding.decide(cast("EmbedTexts", task))

    assert (await world.publish(1)).events == []


async def test_texts_of_another_model_are_left_to_who_needs_them(world: World) -> None:
    [task] = (await world.publish(1)).events
    world.encoding.model = "newer"

    await world.text_embedding.decide(cast("EmbedTexts", task))

    assert world.encoding.asked == []


async def test_a_deal_published_and_withdrawn_in_one_batch_under_a_key_of_its_own(world: World) -> None:
    event = published(1)
    batch = [
        Arrived(one, event.topic, "row 17", at, at, event.event_id, "")
        for at, one in enumerate([event, None])
    ]

    taken = await world.take(*batch)

    assert (taken.events, taken.refused) == ([], [])
    assert await world.items.offered("main") == []


async def test_a_null_value_under_a_key_that_names_nothing_is_refused_alone(world: World) -> None:
    event = published(1)
    batch = [
        Arrived(one, event.topic, key, 1, 1, event.event_id, "")
        for one, key in [(None, "row \x00"), (event, "row \x00"), (None, "x" * 10_000)]
    ]

    taken = await world.take(*batch)

    assert [(refused.position, refused.reason.code) for refused in taken.refused] == [
        (0, "unknown_key"),
        (2, "unknown_key"),
    ]
    assert await world.items.offered("main") == [item(1)]


# Requests


async def test_a_run_without_ids_takes_what_is_offered_in_shards(world: World) -> None:
    await world.publish(1, 2, 3)
    await world.publish(3, withdrawn=True)

    tasks = await world.ask(PackagesRequested(run_id="RUN_1"))

    selection = await world.freezes.selection(RunKey("main", "RUN_1", 1))
    assert [shard.item_ids for shard in selection.shards] == [(item(1), item(2))]
    assert [task.entity for task in tasks if isinstance(task, EmbedShard)] == selection.shard_ids
    assert (selection.failed, selection.excluded) == ((), ())


async def test_a_run_waits_for_deals_that_are_not_there_yet(world: World) -> None:
    await world.publish(1)
    world.freezes.waited = 29.5

    with pytest.raises(Unavailable, match="waiting for 2 deals") as caught:
        await world.request.decide(request(1, 2, 3, wait_seconds=30))

    assert caught.value.retry_after_seconds == 0.5


async def test_a_run_that_has_waited_fails_what_is_not_there_and_excludes_what_was_withdrawn(
    world: World,
) -> None:
    await world.publish(1, 2)
    await world.publish(2, withdrawn=True)

    chosen = await world.request.decide(request(1, 2, 3))

    assert isinstance(chosen, Chosen)
    selection = chosen.selection
    assert [(one.item_id, one.code) for one in selection.failed] == [(item(3), "not_published")]
    assert [(one.item_id, one.code) for one in selection.excluded] == [(item(2), "withdrawn")]
    assert [shard.item_ids for shard in selection.shards] == [(item(1),)]


async def test_what_is_only_withdrawn_is_not_waited_for(world: World) -> None:
    await world.publish(1)
    await world.publish(1, withdrawn=True)
    world.freezes.waited = 0

    chosen = await world.request.decide(request(1))

    assert isinstance(chosen, Chosen)
    assert chosen.selection.shards == ()


async def test_a_request_by_list_reads_it_among_its_tenants_objects_alone(world: World) -> None:
    await world.publish(1)
    body = f'["{item(1)}"]'.encode()
    ours = await put_content(world.store, "main/lists", body, count=1)
    foreign = await put_content(world.store, "other/lists", body, count=1)

    chosen = await world.request.decide(PackagesRequested(run_id="RUN_1", deal_list=ours))
    assert isinstance(chosen, Chosen)
    assert chosen.selection.shards[0].item_ids == (item(1),)
    with pytest.raises(InvalidEvent, match="not among the objects of main"):
        await world.request.decide(PackagesRequested(run_id="RUN_1", deal_list=foreign))


async def test_a_list_too_long_to_read_is_refused_unread(world: World) -> None:
    huge = Reference(key="main/lists/huge.json", sha256="0" * 64, bytes=10**9, count=10**8)

    with pytest.raises(InvalidEvent, match="bytes; at most"):
        await world.request.decide(PackagesRequested(run_id="RUN_1", deal_list=huge))


async def test_the_same_request_again_changes_nothing_and_another_under_its_id_is_refused(
    world: World,
) -> None:
    await world.publish(1)
    assert len(await world.ask(request(1))) == 1

    assert await world.ask(request(1)) == []
    with pytest.raises(InvalidEvent, match="run_exists"):
        await world.request.decide(request(1, 2))
    ended = await world.request.give_up(request(1, 2), Failure("run_exists", "no"))
    assert await world.request.record(transaction(run_of(request(1))), request(1, 2), ended) == []


@pytest.mark.parametrize(
    ("failure", "status"), [("cancelled", "cancelled"), ("deal_id", "refused"), ("crashes", "refused")]
)
async def test_a_request_that_is_given_up_ends_its_run_once(world: World, failure: str, status: str) -> None:
    ended = await world.request.give_up(request(1), Failure(failure, "words"))
    tx = transaction(run_of(request(1)))

    [finished] = await world.request.record(tx, request(1), ended)

    assert isinstance(finished, RunFinished)
    assert (finished.status, finished.words) == (status, f"{failure}: words")
    assert await world.request.record(tx, request(1), ended) == []


# Shards


async def test_no_text_is_embedded_twice(world: World) -> None:
    await world.publish(1, 2, 3)
    for run_id in ("RUN_1", "RUN_2"):
        event = PackagesRequested(run_id=run_id)
        await world.ask(event)
        await world.freeze(event)

    assert len(world.encoding.asked) == 3


async def test_the_same_deals_give_the_same_snapshot_in_any_run(world: World) -> None:
    await world.publish(3, 1, 2)
    frozen = []
    for run_id in ("RUN_1", "RUN_2"):
        event = PackagesRequested(run_id=run_id)
        await world.ask(event)
        frozen.append(await world.freeze(event))

    assert frozen[0].snapshot == frozen[1].snapshot


async def test_a_shard_for_another_model_waits_for_a_worker_that_has_it(world: World) -> None:
    await world.publish(1)
    [task] = await world.ask(request(1))
    world.encoding.model = "other"

    with pytest.raises(Unavailable, match="wants vectors of counting; this worker makes other"):
        await world.shard_embedding.decide(cast("EmbedShard", task))


async def test_the_deals_of_a_failed_shard_have_failed(world: World) -> None:
    await world.publish(1, 2, 3)
    await world.ask(request(1, 2, 3))
    first = (await world.freezes.selection(run_of(request()))).shard_ids[0]

    frozen = await world.freeze(request(), lost=(first,))

    snapshot = Snapshot.read(await get_content(world.store, frozen.snapshot))
    assert [(one.item_id, one.code) for one in snapshot.failed] == [
        (item(1), "not_embedded"),
        (item(2), "not_embedded"),
    ]
    assert (frozen.items, frozen.failed) == (1, 2)


# Retries


async def test_a_retry_finds_what_has_come_meanwhile_and_keeps_the_rest(world: World) -> None:
    await world.publish(1, 2)
    await world.ask(request(1, 2, 3, 4, budget_usd=2))
    first = await world.freeze(request())
    await world.publish(3)

    decision = await world.commands.decide(retry())
    tx = transaction(run_of(retry()))
    [task] = await world.commands.record(tx, retry(), decision)
    second = await world.freeze(retry())

    assert isinstance(task, EmbedShard)
    assert len(tx.expected) == 2
    assert (first.items, first.failed, second.items, second.failed) == (2, 2, 3, 1)
    assert (second.revision, second.budget_usd, second.settings) == (2, 2, first.settings)


async def test_a_retry_with_nothing_new_freezes_the_same_input_again(world: World) -> None:
    await world.publish(1, 2)
    await world.ask(request(1, 2))
    first = await world.freeze(request())

    tx = transaction(run_of(retry()))
    assert await world.commands.record(tx, retry(), await world.commands.decide(retry())) == []
    assert (await world.freeze(retry())).snapshot == first.snapshot


async def test_a_retry_under_another_model_embeds_everything_with_it(world: World) -> None:
    await world.publish(1, 2, 3)
    await world.ask(request(1, 2, 3))
    await world.freeze(request())
    world.encoding.model = "newer"

    tasks = await world.commands.record(
        transaction(run_of(retry())), retry(), await world.commands.decide(retry())
    )

    assert [task.model for task in tasks if isinstance(task, EmbedShard)] == ["newer", "newer"]
    frozen = await world.freeze(retry())
    assert Snapshot.read(await get_content(world.store, frozen.snapshot)).model == "newer"


async def test_a_retry_waits_for_the_revision_before_it(world: World) -> None:
    await world.publish(1)
    await world.ask(request(1))

    with pytest.raises(Unavailable, match="revision 1 is not frozen yet"):
        await world.commands.decide(retry())


async def test_a_retry_of_nothing_is_refused_and_its_revision_ends(world: World) -> None:
    with pytest.raises(InvalidEvent) as caught:
        await world.commands.decide(retry())
    ended = await world.commands.give_up(retry(), Failure(caught.value.code, caught.value.words))

    [finished] = await world.commands.record(transaction(run_of(retry())), retry(), ended)

    assert caught.value.code == "unknown_run"
    assert isinstance(finished, RunFinished)
    assert (finished.revision, finished.status) == (2, "refused")


async def test_a_retry_of_a_revision_that_is_there_already_does_nothing(world: World) -> None:
    await world.publish(1)
    await world.ask(request(1))

    assert await world.commands.decide(retry(revision=1)) is None


@pytest.mark.parametrize("command", ["cancel", "pause", "resume"])
async def test_other_commands_are_the_runtimes(world: World, command: Any) -> None:
    order = RunCommanded(run_id="RUN_1", command=command)
    tx = transaction(run_of(order))

    assert await world.commands.record(tx, order, await world.commands.decide(order)) == []
    assert (
        await world.commands.record(tx, order, await world.commands.give_up(order, Failure("cancelled", "")))
        == []
    )


async def test_a_text_that_two_want_at_once_is_encoded_once() -> None:
    world = World()
    texts = {name: f"text {name}" for name in ("a", "b")}

    await asyncio.gather(
        world.embedding.of(world.encoding, "main", texts), world.embedding.of(world.encoding, "main", texts)
    )

    assert sorted(world.encoding.asked) == ["text a", "text b"]
