"""Partition, cells and manifest without servers: what is kept, what is formed anew, what is accounted for."""

from collections.abc import Sequence
from typing import Any, cast

import pytest

from contracts.clusters import Clustering
from contracts.deal import Deal
from contracts.deals import ItemsFrozen
from contracts.settings import ClusterSettings
from objects import get_content
from runtime import Failure, RunKey
from tests.clusterer.inputs import GONE, MISSING, deals, frozen, made_up_deals, repriced
from tests.clusterer.world import Expecting, Ran, World
from tests.embedder.deals import item

CELLS = ClusterSettings(cell_deals=500)


async def again(world: World, some: Sequence[Deal], revision: int = 2, **changes: object) -> Ran:
    event = await frozen(world.store, some, revision=revision)
    return await world.run(event.model_copy(update=changes))


def held(ran: Ran, items: set[str], clusters: dict[str, tuple[str, ...]]) -> set[str]:
    return {one for one in ran.ids if items.intersection(clusters[one])}


async def test_the_order_of_shards_runs_and_cells_does_not_change_a_byte() -> None:
    some, worlds = made_up_deals(1200), [World(), World()]
    events = [
        await frozen(worlds[0].store, some[:400], some[400:], sizes=CELLS),
        await frozen(worlds[1].store, some[700:], some[:700], run_id="RUN_2", sizes=CELLS),
    ]

    one, other = await worlds[0].run(events[0]), await worlds[1].run(events[1], order=-1)

    assert one.cells >= 3
    assert one.clustering.clusters == other.clustering.clusters
    assert one.clustering.excluded == other.clustering.excluded
    assert {(c.cluster_id, c.deals.sha256) for c in one.formed} == {
        (c.cluster_id, c.deals.sha256) for c in other.formed
    }


async def test_every_deal_is_in_a_cluster_or_named() -> None:
    world, some = World(), made_up_deals(1200)
    ran = await world.run(await frozen(world.store, some, sizes=CELLS))

    clustered = {deal for one in ran.formed for deal in one.deal_ids}
    named = {one.item_id for one in ran.clustering.excluded} - {GONE.item_id}
    assert clustered | named == {one.item_id for one in some}
    assert not clustered & named
    assert all(5 <= len(one.deal_ids) <= 25 for one in ran.formed)


async def test_too_few_deals_are_excluded_and_none_is_forgotten() -> None:
    world = World()
    ran = await world.run(await frozen(world.store, deals(3)))

    assert ran.formed == ()
    assert ran.clustering.failed == (MISSING,)
    assert {one.item_id: one.code for one in ran.clustering.excluded} == {
        **{item(number): "too_few" for number in range(3)},
        GONE.item_id: "withdrawn",
    }
    assert (ran.manifest.failed, ran.manifest.excluded) == (1, 4)


async def test_the_deals_of_a_cell_that_failed_have_failed_and_the_others_have_not() -> None:
    world, some = World(), made_up_deals(1200)
    event = await frozen(world.store, some, sizes=CELLS)

    ran = await world.run(event, lost=["1"])
    mended = await world.run(event.model_copy(update={"revision": 2}))

    failed = {one.item_id for one in ran.clustering.failed if one.code == "crashes"}
    clustered = {deal for one in ran.formed for deal in one.deal_ids}
    assert failed
    assert not failed & clustered
    assert {deal for one in mended.formed for deal in one.deal_ids} == failed, "the rest is taken over"
    assert {entry.revision for entry in mended.clustering.clusters} == {1, 2}


async def test_giving_up_the_input_fails_every_deal_with_the_reason() -> None:
    world = World()
    event = await frozen(world.store, deals(12))
    tx = Expecting(None, RunKey("main", "RUN_1", 1), "")  # type: ignore[arg-type]
    given_up = await world.partition.give_up(event, Failure("crashes", "5 attempts crashed"))
    await world.partition.record(tx, event, given_up)

    ran = await world._closed(tx, [], [])

    assert {one.item_id: one.code for one in ran.clustering.failed} == {
        **{item(number): "crashes" for number in range(12)},
        MISSING.item_id: "not_published",
    }
    assert ran.clustering.excluded == (GONE,)


async def test_a_revision_is_partitioned_once() -> None:
    world = World()
    event = await frozen(world.store, deals(60))
    await world.run(event)
    tx = Expecting(None, RunKey("main", "RUN_1", 1), "")  # type: ignore[arg-type]

    late = await world.partition.record(tx, event, await world.partition.give_up(event, Failure("x", "")))

    assert (list(late), tx.expected) == ([], {})


async def test_without_a_change_nothing_is_done_again() -> None:
    world, some = World(), deals(60)
    first = await world.run(await frozen(world.store, some))

    second = await again(world, some)

    assert (second.cells, second.formed) == (0, ())
    assert second.clustering.clusters == first.clustering.clusters
    assert (second.clustering.base_revision, second.clustering.changed_deals) == (1, 0)


@pytest.mark.parametrize("share", [0.01, 0.05])
async def test_a_revise_touches_little_more_than_the_clusters_of_what_has_changed(share: float) -> None:
    """New, changed, dearer and withdrawn deals at once, on deals like those of the demo."""
    world, everything = World(), made_up_deals(830)
    some, new = everything[:800], everything[800 : 800 + round(200 * share)]
    first = await world.run(await frozen(world.store, some))
    count = round(800 * share / 4)
    gone, dearer, other = some[:count], some[300 : 300 + count], some[600 : 600 + count]
    renamed = [one.model_copy(update={"name": f"Football nights {one.name}"}) for one in other]
    changed = {one.item_id for one in (*gone, *dearer, *other, *new)}
    kept = [one for one in some if one.item_id not in changed]
    now = sorted([*kept, *map(repriced, dearer), *renamed, *new], key=lambda one: one.item_id)

    second = await again(world, now)

    members = {str(one.cluster_id): one.deal_ids for one in (*first.formed, *second.formed)}
    holding = held(first, changed, members) | held(second, changed, members)
    touched = (first.ids - second.ids) | (second.ids - first.ids)
    packaged = {str(one.cluster_id) for one in second.formed}
    assert second.clustering.changed_deals == len(changed)
    assert packaged == second.ids - first.ids
    assert len(packaged) <= 1.3 * len(holding)
    assert len(touched) <= 2 * len(holding)
    clustered = {deal for one in second.ids for deal in members[one]}
    left = {one.item_id for one in second.clustering.excluded} - {GONE.item_id}
    assert clustered | left == {one.item_id for one in now}
    assert all(5 <= len(members[one]) <= 25 for one in second.ids)


async def test_a_deal_that_only_costs_more_stays_where_it_is() -> None:
    world, some = World(), deals(60)
    first = await world.run(await frozen(world.store, some))

    second = await again(world, [*some[:30], repriced(some[30]), *some[31:]])

    before = {one.deal_ids for one in first.formed}
    assert {one.deal_ids for one in second.formed} <= before
    assert 1 <= len(second.formed) <= 3


async def test_only_the_cells_in_which_something_changed_are_clustered_again() -> None:
    world, some = World(), made_up_deals(1200)
    first = await world.run(await frozen(world.store, some, sizes=CELLS))

    event = await frozen(world.store, [repriced(some[0]), *some[1:]], revision=2, sizes=CELLS)
    second = await world.run(event)

    assert first.cells >= 3
    assert second.cells == 1
    assert len(second.ids - first.ids) <= 3


async def test_other_settings_or_another_model_cluster_everything_anew() -> None:
    world, some = World(), deals(60)
    await world.run(await frozen(world.store, some))

    smaller = await world.run(
        await frozen(world.store, some, revision=2, sizes=ClusterSettings(max_deals_per_cluster=10))
    )
    model = await world.run(
        await frozen(
            world.store,
            some,
            revision=3,
            sizes=ClusterSettings(max_deals_per_cluster=10),
            model="another/1",
        )
    )

    assert smaller.clustering.base_revision is None
    assert len(smaller.formed) == len(smaller.ids)
    assert model.clustering.base_revision is None


async def test_redo_announces_every_cluster_again_under_its_own_revision() -> None:
    world, some = World(), deals(60)
    first = await world.run(await frozen(world.store, some))

    second = await again(world, some, redo="packaging")
    third = await again(world, some, revision=3)

    assert second.ids == first.ids
    assert {str(one.cluster_id) for one in second.formed} == first.ids
    assert {entry.revision for entry in second.clustering.clusters} == {2}
    assert second.manifest.redo == "packaging"
    assert third.formed == ()
    assert {entry.revision for entry in third.clustering.clusters} == {2}


async def test_a_base_that_is_damaged_is_no_base() -> None:
    world, some = World(), deals(60)
    first = await world.run(await frozen(world.store, some))
    [result] = await world.rows.results(RunKey("main", "RUN_1", 1))
    world.store.objects.pop(result.key)

    second = await again(world, some)

    assert second.clustering.base_revision is None
    assert second.ids == first.ids
    assert second.formed == ()


async def test_the_manifest_carries_what_later_stages_need() -> None:
    world = World()
    event: ItemsFrozen = await frozen(world.store, deals(60))
    ran = await world.run(event.model_copy(update={"redo": "enrichment"}))

    assert (ran.manifest.settings, ran.manifest.budget_usd) == (event.settings, 2)
    assert ran.manifest.redo == "enrichment"
    stored = Clustering.read(await get_content(world.store, ran.manifest.clustering))
    assert stored.snapshot == event.snapshot


async def test_an_input_of_products_is_none_of_its_business() -> None:
    world = World()
    event = await frozen(world.store, deals(3))
    products = event.model_copy(update={"kind": "product"})
    tx = Expecting(cast("Any", None), RunKey("main", "RUN_1", 1), "")

    assert await world.partition.decide(products) is None
    assert await world.partition.record(tx, products, None) == []
