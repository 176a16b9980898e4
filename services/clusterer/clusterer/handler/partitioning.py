"""A frozen input becomes cells: one in most runs, many in large ones; in a revise only what has changed."""

import asyncio
import io
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from clusterer.domain import (
    Base,
    Cell,
    FrozenDeals,
    GivenUp,
    Partition,
    Plan,
    PlannedCell,
    Stored,
    anew,
    compare,
    plan_again,
)
from clusterer.handler.ports import Grouper, Results, Rows
from clusterer.handler.reading import Inputs
from clusterer.handler.tasks import ClusterCell
from contracts import Event, WorkFailed
from contracts.deals import ItemsFrozen, Snapshot, SnapshotShard
from objects import put_content
from runtime import Failure, RunKey, Transaction


@dataclass(frozen=True, slots=True)
class Partitioned:
    partition: Partition
    tasks: tuple[ClusterCell, ...] = ()
    untouched: tuple[Stored, ...] = ()


@dataclass(frozen=True, slots=True)
class PartitionInput:
    rows: Rows
    grouper: Grouper
    results: Results
    inputs: Inputs
    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))  # one input in memory

    async def decide(self, frozen: ItemsFrozen) -> Partitioned | None:
        """None: it holds no deals."""
        if frozen.kind != "deal" or frozen.ranking:
            return None
        snapshot = await self.inputs.snapshot(frozen.snapshot)
        async with self.turn:
            deals = await self.inputs.deals(snapshot.shards)
            base = await self._base(frozen)
            plan = await self._plan_again(frozen, snapshot, deals, base) if base else None
            if plan is None:
                base, plan = None, anew(await self._cells(deals, frozen))
            tasks = [await self._task(frozen, snapshot, deals, cell) for cell in plan.cells]
        partition = Partition(
            frozen,
            cells=len(plan.cells) + len(plan.untouched),
            base_revision=base.revision if base else None,
            changed_deals=plan.changed_deals,
        )
        untouched = [await self.results.write(frozen.tenant, result) for result in plan.untouched]
        return Partitioned(partition, tuple(tasks), tuple(untouched))

    async def give_up(self, frozen: ItemsFrozen, failure: Failure) -> Partitioned | None:
        """No cells: every deal of the input has failed."""
        if frozen.kind != "deal" or frozen.ranking:
            return None
        return Partitioned(Partition(frozen, cells=0, given_up=GivenUp(failure.code, failure.words)))

    async def record(
        self, tx: Transaction, frozen: ItemsFrozen, decision: Partitioned | None
    ) -> Sequence[Event]:
        if decision is None or not await self.rows.begin(tx, decision.partition, decision.untouched):
            return []
        await tx.expect({task.entity: frozen.revision for task in decision.tasks})
        return decision.tasks

    async def _base(self, frozen: ItemsFrozen) -> Base | None:
        """What can be built upon: it was clustered by the same settings."""
        base = await self.rows.base(RunKey(frozen.tenant, frozen.run_id, frozen.revision))
        same = base is not None and base.partition.frozen.settings.clusters == frozen.settings.clusters
        return base if same else None

    async def _plan_again(
        self, frozen: ItemsFrozen, snapshot: Snapshot, deals: FrozenDeals, base: Base
    ) -> Plan | None:
        try:
            earlier = await self.inputs.snapshot(base.partition.frozen.snapshot)
            if earlier.model != snapshot.model:
                return None
            return await self._around(frozen, await self.inputs.deals(earlier.shards), deals, base)
        except WorkFailed:  # what the earlier revision left behind is lost or damaged
            return None

    async def _around(
        self, frozen: ItemsFrozen, before: FrozenDeals, deals: FrozenDeals, base: Base
    ) -> Plan | None:
        changes = await asyncio.to_thread(compare, before, deals)
        results = [await self.results.read(reference) for reference in base.results]
        return plan_again(
            deals,
            sorted(results, key=lambda result: result.number),
            changes,
            frozen.settings.clusters.cell_deals,
            all_of_them=frozen.redo == "packaging",
        )

    async def _cells(self, deals: FrozenDeals, frozen: ItemsFrozen) -> Sequence[Sequence[int]]:
        settings, everything = frozen.settings.clusters, range(len(deals.item_ids))
        if len(everything) <= settings.cell_deals:
            return [everything] if everything else []
        return await self.grouper.cells(deals.vectors, settings)

    async def _task(
        self, frozen: ItemsFrozen, snapshot: Snapshot, deals: FrozenDeals, planned: PlannedCell
    ) -> ClusterCell:
        whole = len(planned.rows) == len(deals.item_ids)
        shards = snapshot.shards if whole else (await self._shard(frozen.tenant, deals, planned.rows),)
        cell = Cell(number=planned.number, shards=shards, base=planned.base, moved=planned.moved)
        prefix, count = f"{frozen.tenant}/cells", len(planned.rows)
        return ClusterCell(
            tenant=frozen.tenant,
            run_id=frozen.run_id,
            revision=frozen.revision,
            number=planned.number,
            cell=await put_content(self.inputs.store, prefix, cell.canonical(), count=count),
            settings=frozen.settings,
            budget_usd=frozen.budget_usd,
            redo=frozen.redo,
        )

    async def _shard(self, tenant: str, deals: FrozenDeals, rows: Sequence[int]) -> SnapshotShard:
        store, count = self.inputs.store, len(rows)
        lines = b"".join(deals.bodies[row] + b"\n" for row in rows)
        vectors = io.BytesIO()
        np.save(vectors, deals.vectors[rows])
        return SnapshotShard(
            bodies=await put_content(store, f"{tenant}/bodies", lines, count=count, suffix=".jsonl"),
            vectors=await put_content(
                store, f"{tenant}/vectors", vectors.getvalue(), count=count, suffix=".npy"
            ),
        )
