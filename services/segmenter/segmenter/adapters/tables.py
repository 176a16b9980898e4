"""Runs, calls, taxonomies and assignments as rows."""

from collections.abc import Sequence

import asyncpg

from contracts import Reference
from contracts.deals import ItemsFrozen
from runtime import RunKey, Transaction
from segmenter.adapters import sql
from segmenter.domain.assigning import Assigned
from segmenter.domain.params import ModelConfig, Params
from segmenter.domain.records import (
    Begun,
    Conclusion,
    FirstAssignment,
    GivenUp,
    LastAssignment,
    ProductName,
)
from segmenter.domain.steps import Opened, Settled, Step


class PostgresRows:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def begin(
        self, tx: Transaction, begun: Begun, products: Sequence[ProductName], steps: Sequence[Opened]
    ) -> bool:
        if not await tx.connection.fetchval(sql.INSERT_RUN, *_key(tx.run), *_run_row(begun, len(products))):
            return False
        names = [product.item_id for product in products]
        await tx.connection.execute(
            sql.MEET_PRODUCTS, tx.run.tenant, names, [product.is_number for product in products]
        )
        await tx.connection.execute(sql.INSERT_RUN_PRODUCTS, *_key(tx.run), names)
        await self._insert_steps(tx, steps)
        return True

    async def begun(self, run: RunKey) -> Begun:
        [row] = await self.pool.fetch(sql.RUN, *_key(run))
        return Begun(
            frozen=ItemsFrozen.read(row["frozen"]),
            params=Params.read(row["processing_params"]),
            config=ModelConfig.read(row["model_config"]),
            given_up=GivenUp(row["code"], row["words"]) if row["code"] else None,
            refining=row["phase"] == "refine_assignments",
        )

    async def steps(self, run: RunKey) -> Sequence[Step]:
        return [_step(row) for row in await self.pool.fetch(sql.STEPS, *_key(run))]

    async def open(self, tx: Transaction, steps: Sequence[Opened]) -> None:
        await self._insert_steps(tx, steps)
        await tx.connection.execute(sql.SET_PHASE, *_key(tx.run), steps[0].phase)

    async def settle(self, tx: Transaction, phase: str, number: int, settled: Settled) -> None:
        await tx.connection.execute(sql.SETTLE_STEP, *_key(tx.run), phase, number, *_settled_row(settled))

    async def merge_by_name(self, tx: Transaction, merges: Sequence[tuple[Opened, Settled]]) -> None:
        for opened, settled in merges:
            values = (*_key(tx.run), *_opened_row(opened), _text(settled.result))
            await tx.connection.execute(sql.MERGE_BY_NAME, *values)

    async def assign(self, tx: Transaction, first: FirstAssignment) -> None:
        counts = {category.category_id: 0 for category in first.categories}
        for category_id in first.assigned.category_of.values():
            counts[category_id] += 1
        await tx.connection.execute(
            sql.INSERT_TAXONOMY,
            *_key(tx.run),
            [category.category_id for category in first.categories],
            ["out_of_scope" if category.is_out_of_scope else "category" for category in first.categories],
            [category.name for category in first.categories],
            [category.definition for category in first.categories],
            list(counts.values()),
        )
        await tx.connection.execute(sql.INSERT_SEGMENTS, *_key(tx.run), *_assigned_columns(first.assigned))

    async def reassign(self, tx: Transaction, last: LastAssignment) -> None:
        columns = _assigned_columns(last.assigned)
        moved = [item_id in last.moved for item_id in columns[0]]
        await tx.connection.execute(sql.INSERT_REFINED, *_key(tx.run), *columns, moved)
        rows = [
            (*_key(tx.run), each.number, each.before, each.after, each.moved, each.rolled_back)
            for each in last.batches
        ]
        await tx.connection.executemany(sql.MEASURE_STEP, rows)

    async def finish(self, tx: Transaction, conclusion: Conclusion) -> int | None:
        version = await self._version(tx, conclusion)
        finished, found = conclusion.finished, conclusion.segmentation
        summary = conclusion.summary.canonical().decode()
        await tx.connection.execute(sql.FINISH_RUN, *_key(tx.run), finished.status, summary, version)
        segments = found.segments if found else ()
        await tx.connection.execute(
            sql.NAME_SEGMENTS,
            *_key(tx.run),
            [segment.category_name for segment in segments],
            [segment.segment_id for segment in segments],
            [len(segment.product_ids) for segment in segments],
        )
        await tx.connection.execute(
            sql.INSERT_OUTCOME,
            *_key(tx.run),
            finished.status,
            finished.counts.canonical().decode(),
            finished.cost.canonical().decode(),
            _text(conclusion.stored),
            _text(finished.outcome),
        )
        return version

    async def _version(self, tx: Transaction, conclusion: Conclusion) -> int | None:
        found = conclusion.segmentation
        if found is None or not found.segments:
            return None
        version: int = await tx.connection.fetchval(sql.VERSION, *_key(tx.run), found.taxonomy_sha256)
        return version

    async def _insert_steps(self, tx: Transaction, steps: Sequence[Opened]) -> None:
        await tx.connection.executemany(
            sql.INSERT_STEP, [(*_key(tx.run), *_opened_row(step)) for step in steps]
        )


def _key(run: RunKey) -> tuple[str, str, int]:
    return run.tenant, run.run_id, run.revision


def _run_row(begun: Begun, products: int) -> tuple[object, ...]:
    given_up = begun.given_up
    return (
        begun.category,
        begun.config.canonical().decode(),
        begun.params.canonical().decode(),
        products or begun.frozen.items,
        begun.frozen.canonical().decode(),
        given_up.code if given_up else None,
        given_up.words if given_up else None,
    )


def _opened_row(step: Opened) -> tuple[object, ...]:
    return step.phase, step.number, step.level, step.asked.canonical().decode(), step.products


def _settled_row(settled: Settled) -> tuple[object, ...]:
    state = "failed" if settled.result is None else "done"
    return state, _text(settled.result), settled.made_by, settled.repaired, settled.code, settled.words


def _assigned_columns(assigned: Assigned) -> tuple[list[str], list[str], list[float]]:
    item_ids = sorted(assigned.category_of)
    return (
        item_ids,
        [assigned.category_of[item_id] for item_id in item_ids],
        [assigned.confidence_of[item_id] for item_id in item_ids],
    )


def _step(row: asyncpg.Record) -> Step:
    asked = Reference.read(row["input"])
    return Step(
        Opened(row["phase"], row["number"], asked, row["products"], row["level"]),
        row["state"],
        Settled(
            Reference.read(row["result"]) if row["result"] else None,
            row["made_by"],
            row["repaired"],
            row["code"],
            row["words"],
        ),
    )


def _text(reference: Reference | None) -> str | None:
    return None if reference is None else reference.canonical().decode()
