"""One suite for the rows in memory and in Postgres."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import asyncpg
import pytest

from contracts import Reference
from contracts.deals import ItemsFrozen
from contracts.runs import Counts, RunFinished
from contracts.segmentation import Segment, Segmentation, SegmentationBrief, SegmentationSettings
from contracts.segmenting import OUT_OF_SCOPE
from runtime import RunKey, Transaction
from segmenter.adapters import PostgresRows
from segmenter.domain.assigning import Assigned, Category
from segmenter.domain.ending import taxonomy_sha256
from segmenter.domain.params import model_config, params
from segmenter.domain.records import (
    Begun,
    Conclusion,
    FirstAssignment,
    GivenUp,
    LastAssignment,
    ProductName,
)
from segmenter.domain.refining import Measured
from segmenter.domain.steps import Opened, Settled
from segmenter.domain.summary import ResultSummary
from segmenter.handler.ports import Rows
from tests.segmenter.conftest import MIGRATIONS
from tests.segmenter.memory import MemoryRows
from tests.segmenter.world import DEFAULTS
from tests.stages import open_schema

HERE = Reference(key="main/x", sha256="0" * 64, bytes=1, count=1)
PRODUCTS = (
    ProductName("1", is_number=True),
    ProductName("2", is_number=True),
    ProductName("a/b", is_number=False),
)
CATEGORIES = (Category("b0.0", "Dimmers", "They dim."), Category(OUT_OF_SCOPE, "Out of scope", "None of it."))
ASSIGNED = Assigned({"1": "b0.0", "2": "b0.0", "a/b": OUT_OF_SCOPE}, {"1": 0.9, "2": 0.6, "a/b": 0.3})
MOVED = Assigned({"1": "b0.0", "2": OUT_OF_SCOPE, "a/b": OUT_OF_SCOPE}, {"1": 0.9, "2": 0.7, "a/b": 0.4})


@dataclass
class Kept:
    rows: Rows
    pool: asyncpg.Pool | None

    @asynccontextmanager
    async def transaction(self, run: RunKey) -> AsyncIterator[Transaction]:
        if self.pool is None:
            yield Transaction(cast("Any", None), run, "")
            return
        async with self.pool.acquire() as connection, connection.transaction():
            yield Transaction(connection, run, "")


@pytest.fixture(params=["memory", "postgres"])
async def kept(request: pytest.FixtureRequest, database: str) -> AsyncIterator[Kept]:
    if request.param == "memory":
        yield Kept(MemoryRows(), None)
        return
    async with open_schema(database, "segmenter", MIGRATIONS) as pool:
        yield Kept(PostgresRows(pool), pool)


def run_key(run_id: str = "RUN_1", revision: int = 1) -> RunKey:
    return RunKey("main", run_id, revision)


def begun(run: RunKey, given_up: GivenUp | None = None) -> Begun:
    settings = SegmentationSettings()
    frozen = ItemsFrozen(
        run_id=run.run_id,
        revision=run.revision,
        kind="product",
        snapshot=HERE,
        items=3,
        segmentation=SegmentationBrief(category="Dimmer Switches"),
    )
    told = params(settings, DEFAULTS, encoder="hash", prompts={"extract_taxonomy.v1": "0" * 64})
    return Begun(frozen, told, model_config(settings, DEFAULTS), given_up)


def conclusion(run: RunKey, *names: str) -> Conclusion:
    segments = tuple(
        Segment(
            segment_id=f"00000000-0000-5000-8000-00000000000{place}",
            kind="out_of_scope" if name == "Out of scope" else "category",
            category_name=name,
            definition="",
            product_ids=("1",),
        )
        for place, name in enumerate(names)
    )
    found = Segmentation(snapshot=HERE, taxonomy_sha256=taxonomy_sha256(segments), segments=segments)
    counts = Counts(placed=3, segments=1, out_of_scope=1)
    finished = RunFinished(
        run_id=run.run_id,
        revision=run.revision,
        kind="segmentation",
        status="completed",
        counts=counts,
        outcome=HERE,
    )
    return Conclusion(finished, ResultSummary(segments=1), found, HERE)


BATCHES = (Opened("segmentation", 0, HERE, products=2), Opened("segmentation", 1, HERE, products=1))


async def begin(kept: Kept, run: RunKey) -> None:
    async with kept.transaction(run) as tx:
        assert await kept.rows.begin(tx, begun(run), PRODUCTS, BATCHES)


async def test_a_revision_begins_once_and_is_read_as_it_began(kept: Kept) -> None:
    run = run_key()
    await begin(kept, run)
    async with kept.transaction(run) as tx:
        assert not await kept.rows.begin(tx, begun(run), PRODUCTS, BATCHES)

    assert await kept.rows.begun(run) == begun(run)
    assert [step.opened for step in await kept.rows.steps(run)] == list(BATCHES)
    assert {step.state for step in await kept.rows.steps(run)} == {"open"}


async def test_a_run_that_was_given_up_says_why(kept: Kept) -> None:
    run, why = run_key(), GivenUp("object_missing", "there is no object main/x")
    async with kept.transaction(run) as tx:
        await kept.rows.begin(tx, begun(run, why), (), ())

    assert (await kept.rows.begun(run)).given_up == why


async def test_the_first_word_about_a_call_counts(kept: Kept) -> None:
    run, good = run_key(), Settled(HERE, "model", repaired=1)
    await begin(kept, run)
    async with kept.transaction(run) as tx:
        await kept.rows.settle(tx, "segmentation", 0, good)
        await kept.rows.settle(tx, "segmentation", 0, Settled(code="late", words="too late"))
        await kept.rows.settle(tx, "segmentation", 1, Settled(code="bad_answer", words="it stayed bad"))

    first, second = await kept.rows.steps(run)
    assert (first.state, first.settled) == ("done", good)
    assert (second.state, second.settled.code) == ("failed", "bad_answer")


async def test_a_run_comes_to_its_last_phase(kept: Kept) -> None:
    run = run_key()
    await begin(kept, run)
    async with kept.transaction(run) as tx:
        await kept.rows.open(tx, [Opened("consolidate_taxonomy", 0, HERE, level=0)])
    assert not (await kept.rows.begun(run)).refining
    async with kept.transaction(run) as tx:
        await kept.rows.open(tx, [Opened("refine_assignments", 0, HERE, products=2)])
    assert (await kept.rows.begun(run)).refining


async def test_names_merge_what_no_model_has_and_its_failure_stays(kept: Kept) -> None:
    run, asked = run_key(), Opened("consolidate_taxonomy", 0, HERE, level=0)
    await begin(kept, run)
    by_name = Settled(HERE, "names")
    async with kept.transaction(run) as tx:
        await kept.rows.open(tx, [asked])
        await kept.rows.settle(tx, asked.phase, 0, Settled(code="bad_answer", words="it stayed bad"))
        await kept.rows.merge_by_name(
            tx, [(asked, by_name), (Opened("consolidate_taxonomy", 1, HERE, level=1), by_name)]
        )

    refused, unasked = (await kept.rows.steps(run))[:2]
    assert (refused.state, refused.settled) == (
        "failed",
        Settled(HERE, "names", 0, "bad_answer", "it stayed bad"),
    )
    assert (unasked.state, unasked.opened.level, unasked.settled) == ("done", 1, by_name)


async def test_equal_taxonomies_of_a_category_have_one_number(kept: Kept) -> None:
    numbers = []
    for name, names in (("RUN_1", "A"), ("RUN_2", "B"), ("RUN_3", "A")):
        run = run_key(name)
        await begin(kept, run)
        async with kept.transaction(run) as tx:
            numbers.append(await kept.rows.finish(tx, conclusion(run, names)))

    assert numbers == [1, 2, 1]


async def test_the_views_show_what_counts(database: str) -> None:
    async with open_schema(database, "segmenter", MIGRATIONS) as pool:
        kept, run = Kept(PostgresRows(pool), pool), run_key()
        await begin(kept, run)
        async with kept.transaction(run) as tx:
            await kept.rows.settle(tx, "segmentation", 0, Settled(HERE, "model"))
        [row] = await pool.fetch(
            "select processed_products, steps, steps_done from read.segmentation_runs_v1"
        )
        assert tuple(row) == (2, 2, 1)

        async with kept.transaction(run) as tx:
            await kept.rows.assign(tx, FirstAssignment(CATEGORIES, ASSIGNED))
            await kept.rows.open(tx, [Opened("refine_assignments", 0, HERE, products=2)])
        first = await pool.fetch(
            "select upstream_id, is_number, confidence, moved from read.segmentation_results_v1 order by 1"
        )
        assert [tuple(row) for row in first] == [
            ("1", True, 0.9, False),
            ("2", True, 0.6, False),
            ("a/b", False, 0.3, False),
        ]

        measured = Measured(0, 0.1, 0.2, 1, rolled_back=False)
        async with kept.transaction(run) as tx:
            await kept.rows.reassign(tx, LastAssignment(MOVED, frozenset({"2"}), (measured,)))
            await kept.rows.finish(tx, conclusion(run, "Dimmers", "Out of scope"))
        last = await pool.fetch(
            """
            select r.upstream_id, t.category_name, t.kind, r.confidence, r.moved
            from read.segmentation_results_v1 r
            join read.product_taxonomies_v1 t on t.id = r.taxonomy_id order by 1
            """
        )
        assert [tuple(row) for row in last] == [
            ("1", "Dimmers", "category", 0.9, False),
            ("2", "Out of scope", "out_of_scope", 0.7, True),
            ("a/b", "Out of scope", "out_of_scope", 0.4, False),
        ]
        [row] = await pool.fetch(
            "select status, phase, taxonomy_version, processed_products from read.segmentation_runs_v1"
        )
        assert tuple(row) == ("completed", "done", 1, 3)
        [step] = await pool.fetch("select score_after, moved from read.segmentation_steps_v1 where moved > 0")
        assert tuple(step) == (0.2, 1)


async def test_a_product_keeps_its_own_number_from_run_to_run(database: str) -> None:
    async with open_schema(database, "segmenter", MIGRATIONS) as pool:
        kept = Kept(PostgresRows(pool), pool)
        for name in ("RUN_1", "RUN_2"):
            await begin(kept, run_key(name))
        rows = await pool.fetch(
            "select count(distinct product_id), count(*) from read.segmentation_products_v1"
        )

    assert tuple(rows[0]) == (3, 6)
