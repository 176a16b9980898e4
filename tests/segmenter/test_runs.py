"""Whole runs on memory: every product in one segment, whatever fails on the way."""

from collections.abc import Sequence

import pytest

from contracts import WorkFailed
from contracts.product import Product
from contracts.segmentation import SegmentationFeatures, SegmentationSettings
from contracts.segmenting import RefineAsked
from segmenter.domain.records import Said
from segmenter.domain.refining import Choice
from segmenter.domain.tasks import TakeStep
from tests.segmenter.inputs import GONE, MISSING, frozen, products
from tests.segmenter.world import GoldAsker, Ran, World, gold_partition

PRODUCTS, LABELS = products(95)


def settings(*, fresh: int = 0, seed: int = 7, **features: bool) -> SegmentationSettings:
    made = SegmentationSettings(seed=seed, features=SegmentationFeatures(**features))
    return made.model_copy(update={"llm": made.llm.model_copy(update={"fresh": fresh})})


def accounted(ran: Ran, some: Sequence[Product]) -> None:
    """Placed, failed or excluded, and exactly one of them."""
    found = ran.segmentation
    assert found is not None
    placed = [item_id for segment in found.segments for item_id in segment.product_ids]
    failed = [one.item_id for one in found.failed]
    excluded = [one.item_id for one in found.excluded]
    everything = [*(product.item_id for product in some), MISSING.item_id, GONE.item_id]
    assert sorted([*placed, *failed, *excluded]) == sorted(everything)
    counts = ran.finished.counts
    assert (counts.placed, counts.failed, counts.excluded) == (len(placed), len(failed), len(excluded))


async def test_gold_answers_give_the_gold_partition() -> None:
    world = World(GoldAsker(LABELS))
    ran = await world.run(await frozen(world.store, PRODUCTS[:50], PRODUCTS[50:]))

    assert ran.partition == gold_partition(PRODUCTS, LABELS)
    assert ran.finished.status == "completed_with_failures"  # one product had no vector
    assert (ran.finished.counts.segments, ran.finished.counts.out_of_scope) == (4, 19)
    accounted(ran, PRODUCTS)


async def test_shards_batches_and_calls_in_any_order_give_the_same_bytes() -> None:
    one, other = World(GoldAsker(LABELS)), World(GoldAsker(LABELS))
    straight = await one.run(await frozen(one.store, PRODUCTS))
    backwards = await other.run(await frozen(other.store, PRODUCTS[::-1][:30], PRODUCTS[::-1][30:]), order=-1)

    assert straight.segmentation is not None
    assert backwards.segmentation is not None
    assert backwards.segmentation.segments == straight.segmentation.segments
    asked = [{key for key in world.store.objects if "/segmentations/" in key} for world in (one, other)]
    assert len(asked[0] ^ asked[1]) <= 4, "all but what names the snapshot is the same"


@pytest.mark.parametrize("phase", ["segmentation", "consolidate_taxonomy", "refine_assignments"])
async def test_a_phase_in_which_every_call_fails_loses_nothing(phase: str) -> None:
    world = World(GoldAsker(LABELS))
    ran = await world.run(await frozen(world.store, PRODUCTS), fails=lambda step: step.phase == phase)

    if phase == "segmentation":
        assert ran.finished.status == "failed"
        assert ran.assigned is None
        assert ran.finished.counts.failed == len(PRODUCTS) + 1
    else:
        assert ran.finished.status == "completed_with_failures"
        assert ran.partition == gold_partition(PRODUCTS, LABELS)
        accounted(ran, PRODUCTS)


async def test_a_batch_that_fails_names_its_products() -> None:
    world = World(GoldAsker(LABELS))
    ran = await world.run(
        await frozen(world.store, PRODUCTS),
        fails=lambda step: (step.phase, step.number) == ("segmentation", 1),
    )

    accounted(ran, PRODUCTS)
    assert ran.segmentation is not None
    failed = [one for one in ran.segmentation.failed if one.code == "bad_answer"]
    assert len(failed) == ran.finished.counts.failed - 1 > 0


async def test_names_merge_where_the_model_cannot_and_it_is_marked() -> None:
    world = World(GoldAsker(LABELS))
    event = await frozen(world.store, PRODUCTS)
    await world.run(event, fails=lambda step: (step.phase, step.number) == ("consolidate_taxonomy", 0))

    [run] = world.rows.runs.values()
    assert run.conclusion is not None
    assert run.conclusion.summary.merged_by_name == ("consolidate_taxonomy/0",)
    [step] = [step for step in run.steps if step.settled.made_by == "names"]
    assert (step.state, step.settled.code) == ("failed", "bad_answer")


async def test_without_names_what_no_model_merged_has_failed() -> None:
    world = World(GoldAsker(LABELS))
    event = await frozen(world.store, PRODUCTS, settings=settings(merge_by_name=False))
    ran = await world.run(event, fails=lambda step: (step.phase, step.number) == ("consolidate_taxonomy", 0))

    accounted(ran, PRODUCTS)
    assert ran.segmentation is not None
    assert {one.code for one in ran.segmentation.failed} == {"not_merged", MISSING.code}


async def test_a_run_may_merge_by_names_alone_and_refine_nothing() -> None:
    world = World(GoldAsker(LABELS))
    told = settings(consolidate_by_model=False, refine=False)
    ran = await world.run(await frozen(world.store, PRODUCTS, settings=told))

    assert ran.partition == gold_partition(PRODUCTS, LABELS)
    assert ran.steps == 10, "the batches alone were asked about"
    [run] = world.rows.runs.values()
    assert {step.settled.made_by for step in run.steps} == {"model", "names"}


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
async def test_a_run_that_is_cancelled_in_any_phase_accounts_for_every_product(turn: int) -> None:
    world = World(GoldAsker(LABELS))
    ran = await world.run(await frozen(world.store, PRODUCTS), cancel_at=turn)

    assert ran.finished.status == "cancelled"
    counts = ran.finished.counts
    assert counts.placed + counts.failed + counts.excluded == len(PRODUCTS) + 2


async def test_no_products_at_all_end_at_once() -> None:
    world = World(GoldAsker(LABELS))
    ran = await world.run(await frozen(world.store))

    assert (ran.steps, ran.assigned, ran.finished.counts.placed) == (0, None, 0)


async def test_one_batch_needs_no_merge() -> None:
    world = World(GoldAsker(LABELS))
    ran = await world.run(await frozen(world.store, PRODUCTS[:8]))

    assert ran.partition == gold_partition(PRODUCTS[:8], LABELS)
    [run] = world.rows.runs.values()
    assert {step.opened.phase for step in run.steps} == {"segmentation", "refine_assignments"}


async def test_what_was_put_into_the_wrong_category_is_mended_where_it_stands_between_two() -> None:
    victims = [product.name for product in PRODUCTS if LABELS[product.name] == "Cables"][:2]
    world = World(GoldAsker(LABELS, wrong=dict.fromkeys(victims, "Table lamps")))
    ran = await world.run(await frozen(world.store, PRODUCTS))

    assert ran.partition == gold_partition(PRODUCTS, LABELS)
    [run] = world.rows.runs.values()
    assert run.conclusion is not None
    summary = run.conclusion.summary
    assert summary.moved == len(victims)
    assert summary.mean_margin_after is not None
    assert summary.mean_margin_before is not None
    assert summary.mean_margin_after > summary.mean_margin_before


async def test_a_refinement_that_makes_it_worse_is_rolled_back() -> None:
    confused = {name: "Cables" if label == "Smart bulbs" else label for name, label in LABELS.items()}

    class Misled(GoldAsker):
        async def refine(
            self, step: TakeStep, asked: RefineAsked, products: Sequence[Product]
        ) -> Said[Sequence[Choice]]:
            return await GoldAsker(confused).refine(step, asked, products)

    told = [settings(), settings(roll_back=False)]
    worlds = [World(Misled(LABELS)) for _ in told]
    kept, worse = [
        await world.run(await frozen(world.store, PRODUCTS, settings=each))
        for world, each in zip(worlds, told, strict=True)
    ]

    assert kept.partition == gold_partition(PRODUCTS, LABELS)
    assert worse.partition != kept.partition
    [run] = worlds[0].rows.runs.values()
    assert any(each.rolled_back for each in run.measured.values())


async def test_an_unknown_version_of_the_prompts_fails_the_run_and_says_so() -> None:
    class WithoutIt(GoldAsker):
        def prompts(self, version: int | None) -> dict[str, str]:
            raise WorkFailed(
                "unknown_prompt_version", "prompt extract_taxonomy has no version 9; there are: 1"
            )

    world = World(WithoutIt(LABELS))
    event = await frozen(world.store, PRODUCTS)
    with pytest.raises(WorkFailed, match="no version 9"):
        await world.begin.decide(event)


async def test_equal_taxonomies_have_one_number_and_others_the_next() -> None:
    world = World(GoldAsker(LABELS))
    first = await world.run(await frozen(world.store, PRODUCTS, run_id="RUN_1"))
    again = await world.run(await frozen(world.store, PRODUCTS, run_id="RUN_2"))
    fewer = await world.run(await frozen(world.store, PRODUCTS[1:3], run_id="RUN_3"))

    numbers = [ran.assigned.taxonomy_version for ran in (first, again, fewer) if ran.assigned]
    assert numbers == [1, 1, 2]


async def test_segments_are_named_by_what_is_in_them_and_not_by_the_run() -> None:
    world = World(GoldAsker(LABELS))
    one = await world.run(await frozen(world.store, PRODUCTS, run_id="RUN_1"))
    other = await world.run(await frozen(world.store, PRODUCTS, run_id="RUN_2"))

    assert one.segmentation == other.segmentation
