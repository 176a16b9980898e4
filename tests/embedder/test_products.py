"""Products through the embedder: kept, embedded, frozen; and runs that name what nobody knows."""

from typing import Any

import pytest

from contracts import InvalidEvent, Unavailable, WorkFailed, canonical
from contracts.deals import Following, ItemsFrozen, PackagesRequested, Snapshot
from contracts.event import loads
from contracts.product import Product
from contracts.runs import RunCommanded, RunFinished
from contracts.segmentation import SegmentationSettings
from embedder.domain import PRODUCTS
from encoder import text_of_product
from objects import ObjectStore, get_content, put_content
from runtime import Arrived, Failure, Stage, Taken
from tests.embedder.products import plain_product, product_published, segmentation
from tests.embedder.seeing import known, snapshot_of
from tests.embedder.world import World, transaction
from tests.embedder.world import run_of as key_of
from tests.runtime.conftest import Bench


async def publish(world: World, *product_ids: int | str, withdrawn: bool = False, **fields: Any) -> Taken:
    batch = [
        Arrived(
            None if withdrawn else product_published(product_id, **fields),
            "product.published.v1",
            f"main/{product_id}",
            world._tick(),
            place,
            product_published(product_id).event_id,
            "",
        )
        for place, product_id in enumerate(product_ids)
    ]
    return await world.product_publication.record(transaction(key_of(segmentation())), batch)


async def test_products_and_deals_of_one_name_are_two_things() -> None:
    world = World()
    await publish(world, "bidswitch.com/1")
    await world.publish(1)

    assert await world.items.offered("main") == ["bidswitch.com/1"]
    assert await world.products.offered("main") == ["bidswitch.com/1"]
    assert world.items.rows != world.products.rows


async def test_a_number_and_its_text_are_one_product() -> None:
    world = World()
    await publish(world, 7, "7", "seven")

    assert await world.products.offered("main") == ["7", "seven"]


async def test_a_segmentation_freezes_its_products_with_what_is_to_be_made_of_them() -> None:
    world = World()
    await publish(world, 1, 2, "B-3")
    request = segmentation(2, "B-3", settings=SegmentationSettings(seed=11), budget_usd=2)
    await world.ask_segmentation(request)
    frozen = await world.freeze(request)

    assert (frozen.kind, frozen.items, frozen.budget_usd) == ("product", 2, 2)
    assert frozen.segmentation is not None
    assert (frozen.segmentation.category, frozen.segmentation.settings.seed) == ("Dimmer Switches", 11)
    snapshot = Snapshot.read(await get_content(world.store, frozen.snapshot))
    lines = (await get_content(world.store, snapshot.shards[0].bodies)).splitlines()
    assert [Product.read(line).product_id for line in lines] == [2, "B-3"]
    assert world.encoding.asked == [text_of_product(Product.read(line)) for line in lines]


async def test_a_run_that_names_unknown_products_is_refused_with_the_list_and_costs_nothing() -> None:
    world = World()
    await publish(world, 1)
    unknown = [f"missing-{number:02}" for number in range(25)]
    [finished] = await world.ask_segmentation(segmentation(1, *unknown))

    assert isinstance(finished, RunFinished)
    assert (finished.kind, finished.status, finished.outcome) == ("segmentation", "refused", None)
    assert "nobody has published 25 of the products: missing-00, missing-01" in finished.words
    assert "and 5 more" in finished.words
    assert finished.unknown is not None
    assert loads(await get_content(world.store, finished.unknown)) == unknown
    assert world.encoding.asked == []


async def test_what_was_withdrawn_is_excluded() -> None:
    world = World()
    await publish(world, 1, 2)
    await publish(world, 2, withdrawn=True)
    request = segmentation(1, 2)
    await world.ask_segmentation(request)
    frozen = await world.freeze(request)

    assert (frozen.items, frozen.failed, frozen.excluded) == (1, 0, 1)


async def test_a_longer_list_may_hold_numbers_and_texts() -> None:
    world = World()
    await publish(world, 1, "B-2")
    listed = await put_content(world.store, "main/lists", canonical([1, "B-2"]), count=2)
    request = segmentation(product_list=listed)
    await world.ask_segmentation(request)

    assert (await world.freeze(request)).items == 2


async def test_neither_ids_nor_a_list_mean_every_product() -> None:
    world = World()
    await publish(world, 1, 2, 3)
    request = segmentation()
    await world.ask_segmentation(request)

    assert (await world.freeze(request)).items == 3


async def test_a_list_of_something_else_is_refused_in_words() -> None:
    world = World()
    listed = await put_content(world.store, "main/lists", canonical([1, None]), count=2)
    with pytest.raises(InvalidEvent, match="not a JSON array of item ids"):
        await world.ask_segmentation(segmentation(product_list=listed))


async def test_a_retry_keeps_its_products_and_its_kind() -> None:
    world = World()
    await publish(world, 1, 2)
    request = segmentation(1, 2)
    await world.ask_segmentation(request)
    first = await world.freeze(request)
    await world.finish(request)
    order = RunCommanded(run_id="RUN_S", revision=2, command="retry")
    await world.command(order)
    again = await world.freeze(order)

    assert (again.kind, again.snapshot, again.segmentation) == ("product", first.snapshot, first.segmentation)


async def test_a_number_and_its_text_may_come_in_one_version() -> None:
    world = World()
    taken = await publish(world, 7, "7", title="Dimmer", version=3)

    assert not taken.refused
    assert (
        product_published(7, title="D").product.content_sha256
        == product_published("7", title="D").product.content_sha256
    )
    assert product_published(7).event_id != product_published("7").event_id


async def test_an_id_of_a_run_stays_with_its_kind() -> None:
    world = World()
    await publish(world, 1)
    request = segmentation(1)
    await world.ask_segmentation(request)
    await world.freeze(request)
    await world.finish(request)

    with pytest.raises(InvalidEvent, match="is a run of kind segmentation"):
        await world.ask(PackagesRequested(run_id="RUN_S", revision=2))


async def test_a_cancelled_segmentation_does_not_begin_to_follow() -> None:
    world = World()
    await publish(world, 1)
    request = segmentation(1)
    await world.ask_segmentation(request)
    follow = RunCommanded(run_id="RUN_S", command="follow", follow=Following())

    assert await world.commands.give_up(follow, Failure("cancelled", "the run was cancelled")) is None


async def test_a_run_waits_for_its_products_before_it_is_refused() -> None:
    world = World()
    world.freezes.waited = 0
    with pytest.raises(Unavailable, match="waiting for 1 products"):
        await world.ask_segmentation(segmentation(1, wait_seconds=5))


async def test_an_empty_list_and_an_empty_catalog_freeze_nothing() -> None:
    world = World()
    empty = await put_content(world.store, "main/lists", b"[]", count=0)
    for number, request in enumerate((segmentation(product_list=empty), segmentation())):
        asked = request.model_copy(update={"run_id": f"RUN_{number}"})
        await world.ask_segmentation(asked)
        assert (await world.freeze(asked)).items == 0


async def test_a_model_that_the_embedder_has_not_refuses_the_run() -> None:
    world = World()
    await publish(world, 1)
    request = segmentation(1, settings=SegmentationSettings(embedding_model="grand"))
    with pytest.raises(WorkFailed, match="this embedder has no model 'grand'"):
        await world.ask_segmentation(request)


async def test_what_a_segmentation_cannot_be_told_is_refused_in_words() -> None:
    world = World()
    await publish(world, 1)
    request = segmentation(1)
    await world.ask_segmentation(request)
    await world.freeze(request)
    redo = RunCommanded(run_id="RUN_S", revision=2, command="retry", redo="packaging")
    follow = RunCommanded(run_id="RUN_S", command="follow", follow=Following())

    with pytest.raises(WorkFailed, match="done again as a whole"):
        await world.command(redo)
    with pytest.raises(InvalidEvent, match="runs of packages follow"):
        await world.command(follow)
    ended = await world.commands.give_up(redo, Failure("no_redo", "ask anew"))
    [finished] = await world.commands.record(transaction(key_of(redo)), redo, ended)
    assert isinstance(finished, RunFinished)
    assert finished.kind == "segmentation"


@pytest.mark.parametrize("key", ["main/42", "main/größe/42", "main/B 1"])
def test_a_key_spells_a_product(key: str) -> None:
    name = PRODUCTS.spelled(key)

    assert name is not None
    assert f"{name.tenant}/{name.item_id}" == key


@pytest.mark.parametrize("key", ["", "main/", "42", "NOT A TENANT/42"])
def test_another_key_spells_none(key: str) -> None:
    assert PRODUCTS.spelled(key) is None


async def test_products_on_real_servers_are_frozen_and_refused(
    bench: Bench, stage: Stage, s3: ObjectStore
) -> None:
    async with bench.working(stage):
        for number in range(3):
            await bench.raw("product.published.v1", plain_product(number), key=f"main/{number}".encode())
        await known(bench, 3)
        await bench.send(segmentation(0, 1, 2, run_id="RUN_GOOD"), segmentation(0, 9, run_id="RUN_BAD"))
        [told] = await bench.published(ItemsFrozen)
        frozen = ItemsFrozen.read(told.value or b"")
        refused = RunFinished.read((await bench.published(RunFinished))[0].value or b"")

        assert (frozen.run_id, frozen.kind, frozen.items) == ("RUN_GOOD", "product", 3)
        assert (await snapshot_of(s3, frozen)).items == 3
        assert (refused.run_id, refused.kind, refused.status) == ("RUN_BAD", "segmentation", "refused")
        kinds = await bench.fetch("select kind, count(*) from read.items_v1 group by kind")
        assert {row["kind"]: row["count"] for row in kinds} == {"product": 3}
        assert await bench.value("select count(*) from read.embedder_vectors_v1") == 0


def test_a_request_names_products_in_one_way_only() -> None:
    with pytest.raises(ValueError, match="not by both"):
        segmentation(1, product_list={"key": "main/x", "sha256": "0" * 64, "bytes": 1, "count": 1})
