"""The segmenter on real Kafka, Postgres and S3, asking the simulator over HTTP."""

from collections import Counter
from collections.abc import Sequence

import pytest

from contracts.event import loads
from contracts.product import Product
from contracts.runs import RunCommanded, RunFinished
from contracts.segmentation import Segmentation, SegmentationSettings, SegmentsAssigned
from objects import get_content
from tests.segmenter.conftest import Bench
from tests.segmenter.inputs import RUN_ID, frozen, products
from tests.segmenter.world import gold_partition

PRODUCTS, LABELS = products(60)
RESULTS = """
select r.upstream_id, t.category_name, r.confidence from read.segmentation_results_v1 r
join read.product_taxonomies_v1 t on t.id = r.taxonomy_id order by 1
"""


async def send(
    bench: Bench,
    some: Sequence[Product] = PRODUCTS,
    *,
    run_id: str = RUN_ID,
    revision: int = 1,
    settings: SegmentationSettings | None = None,
) -> None:
    event = await frozen(
        bench.stage.store,
        some,
        tenant=bench.stage.tenant,
        run_id=run_id,
        revision=revision,
        settings=settings,
    )
    await bench.stage.send(event)


async def partition(bench: Bench, assigned: SegmentsAssigned) -> dict[str, frozenset[str]]:
    found = Segmentation.read(await get_content(bench.stage.store, assigned.segmentation))
    return {segment.category_name: frozenset(segment.product_ids) for segment in found.segments}


async def test_gold_answers_give_the_gold_partition_in_events_and_tables(bench: Bench) -> None:
    async with bench.stage.working(bench.build()):
        await send(bench)
        [assigned] = await bench.stage.published(SegmentsAssigned)
        [finished] = await bench.stage.published(RunFinished)

    wanted = gold_partition(PRODUCTS, LABELS)
    assert await partition(bench, assigned) == wanted
    rows = await bench.stage.rows(RESULTS)
    assert {row["upstream_id"]: row["category_name"] for row in rows} == {
        item_id: name for name, item_ids in wanted.items() for item_id in item_ids
    }
    assert all(0 < row["confidence"] < 1 for row in rows)
    assert (finished.kind, finished.counts.placed, finished.counts.out_of_scope) == ("segmentation", 60, 12)
    kinds = Counter(request.name for request in bench.simulator.requests())
    assert set(kinds) == {"extract_taxonomy", "consolidate_taxonomy", "refine_assignments"}
    assert finished.cost.calls == kinds.total()


@pytest.mark.parametrize(
    "kind",
    ["invented_ids", "missing_ids", "repeated_ids", "ids_beyond", "duplicate_json_names", "invalid_json"],
)
async def test_a_tenth_of_the_answers_corrupted_is_repaired_and_said(bench: Bench, kind: str) -> None:
    bench.simulator.set(faults=[{"kind": kind, "rate": 0.1}, {"kind": kind, "first_n": 1}])
    async with bench.stage.working(bench.build()):
        await send(bench)
        [assigned] = await bench.stage.published(SegmentsAssigned)

    assert await partition(bench, assigned) == gold_partition(PRODUCTS, LABELS)
    summary = loads(await bench.stage.value("select result_summary::text from read.segmentation_runs_v1"))
    steps = await bench.stage.rows("select phase, number from read.segmentation_steps_v1 where repaired > 0")
    assert sorted(summary["repaired_calls"]) == sorted(f"{row['phase']}/{row['number']}" for row in steps)
    assert summary["repaired_calls"]


async def test_the_second_run_of_the_same_products_pays_nothing_and_says_the_same(bench: Bench) -> None:
    async with bench.stage.working(bench.build()):
        await send(bench)
        await bench.stage.published(RunFinished)
        asked = len(bench.simulator.requests())
        await send(bench, PRODUCTS[::-1], run_id="RUN_2")
        first, second = await bench.stage.published(SegmentsAssigned, 2)

    assert len(bench.simulator.requests()) == asked
    one, other = [
        Segmentation.read(await get_content(bench.stage.store, each.segmentation)) for each in (first, second)
    ]
    assert one.segments == other.segments
    assert first.taxonomy_version == second.taxonomy_version == 1


async def test_repeated_events_change_nothing(bench: Bench) -> None:
    async with bench.stage.working(bench.build()):
        await send(bench)
        await send(bench)
        await bench.stage.published(RunFinished)
        await send(bench)
        await send(bench, PRODUCTS[:5], run_id="RUN_2")
        finished = await bench.stage.published(RunFinished, 2)

    assert sorted(one.run_id for one in finished) == ["RUN_2", RUN_ID]
    assert await bench.stage.value("select count(*) from read.segmentation_runs_v1") == 2


async def test_products_that_failed_are_done_again_by_a_retry_and_the_others_cost_nothing(
    bench: Bench,
) -> None:
    bench.simulator.set(
        faults=[{"kind": "invented_ids", "prompt": "extract_taxonomy", "containing": PRODUCTS[0].name}]
    )
    async with bench.stage.working(bench.build()):
        await send(bench)
        [first] = await bench.stage.published(RunFinished)
        asked = len(bench.simulator.requests())
        bench.simulator.set(faults=[])
        await send(bench, revision=2)
        second = (await bench.stage.published(RunFinished, 2))[-1]

    assert first.status == "completed_with_failures"
    assert "failed: bad_answer" in first.words
    assert (second.counts.placed, second.counts.failed) == (60, 1)
    assert len(bench.simulator.requests()) - asked < 10


async def test_a_run_that_is_cancelled_ends_and_accounts_for_every_product(bench: Bench) -> None:
    bench.simulator.set(latency_seconds=5)
    async with bench.stage.working(bench.build()):
        await send(bench)
        await bench.stage.seen(
            "select count(*) from inbox where state = 'leased'", 6, what="calls are under way"
        )
        await bench.stage.send(RunCommanded(tenant=bench.stage.tenant, run_id=RUN_ID, command="cancel"))
        [finished] = await bench.stage.published(RunFinished)

    assert (finished.status, finished.counts.failed, finished.counts.excluded) == ("cancelled", 61, 1)


async def test_the_log_lies_where_the_requirement_says(bench: Bench) -> None:
    async with bench.stage.working(bench.build()):
        await send(bench)
        await bench.stage.published(RunFinished)
    store, root = bench.stage.store, f"{bench.stage.tenant}/llm_logs/{RUN_ID}"
    keys = [key.removeprefix(f"{root}/") for key in await store.list(root)]
    prompts = sorted(key for key in keys if key.startswith("prompts/"))
    [file] = [key for key in keys if key.startswith("segmentation/") and "_b0_a1_" in key]
    document = loads(await store.get(f"{root}/{file}"))

    assert prompts == [
        f"prompts/{name}_prompt.txt"
        for name in ("consolidate_taxonomy", "extract_taxonomy", "refine_assignments", "shared_retry")
    ]
    assert {key.partition("/")[0] for key in keys} == {
        "prompts",
        "segmentation",
        "consolidate_taxonomy",
        "refine_assignments",
    }
    assert document["metadata"]["interaction_type"] == "segmentation"
    assert document["metadata"]["category"] == "Lamps and switches"
    assert len(document["context"]["expected_ids"]) == document["context"]["batch_size"]
    assert await bench.stage.value("select count(*) from read.llm_interactions_v1") == len(keys) - len(
        prompts
    )
