"""A cell becomes clusters."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from clusterer.domain import Cell, CellCluster, CellResult, Cluster, FrozenDeals, Stored, form
from clusterer.handler.ports import Grouper, Results, Rows
from clusterer.handler.reading import Inputs
from clusterer.handler.tasks import ClusterCell
from clustering import Grouping
from contracts import Event, Reference
from contracts.clusters import ClusterFormed
from objects import put_content
from runtime import RunKey, Transaction

WRITES_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Clustered:
    cell: Stored
    formed: tuple[ClusterFormed, ...]  # those that no earlier revision formed, or all of them


@dataclass(frozen=True, slots=True)
class GroupCell:
    rows: Rows
    grouper: Grouper
    results: Results
    inputs: Inputs

    async def decide(self, task: ClusterCell) -> Clustered:
        cell = await self.inputs.cell(task.cell)
        deals = await self.inputs.deals(cell.shards)
        grouping = await self._grouping(task, cell, deals)
        clusters = await asyncio.to_thread(form, deals, grouping, task.settings.clusters)
        revisions = await self._revisions(task, cell, clusters)
        result = CellResult(
            number=cell.number,
            clusters=tuple(_kept(cluster, revisions) for cluster in clusters),
            left=tuple(deals.item_ids[row] for row in grouping.left),
        )
        new = [cluster for cluster in clusters if revisions[cluster.cluster_id] == task.revision]
        return Clustered(await self.results.write(task.tenant, result), await self._formed(task, new))

    async def record(self, tx: Transaction, task: ClusterCell, clustered: Clustered) -> Sequence[Event]:
        first = await self.rows.keep(tx, clustered.cell, clustered.formed)
        return clustered.formed if first else []

    async def _grouping(self, task: ClusterCell, cell: Cell, deals: FrozenDeals) -> Grouping:
        settings = task.settings.clusters
        if not cell.base:
            return await self.grouper.group(deals.vectors, settings)
        row_of = {item_id: row for row, item_id in enumerate(deals.item_ids)}
        moved = set(cell.moved)
        base = [_rows(cluster.deal_ids, row_of, moved) for cluster in cell.base]
        homes = [-1] * len(deals.item_ids)
        for place, cluster in enumerate(cell.base):
            for row in _rows(cluster.home_ids, row_of, moved):
                homes[row] = place
        going = sorted(row_of[item_id] for item_id in moved)
        return await self.grouper.regroup(deals.vectors, base, homes, going, settings)

    async def _revisions(self, task: ClusterCell, cell: Cell, clusters: Sequence[Cluster]) -> dict[UUID, int]:
        """Which revision made each cluster: the first that had it, or this one where all are made again."""
        ids = [cluster.cluster_id for cluster in clusters]
        if task.redo == "packaging":
            return dict.fromkeys(ids, task.revision)
        run = RunKey(task.tenant, task.run_id, task.revision)
        known = {cluster.cluster_id: cluster.revision for cluster in cell.base}
        earlier = {**await self.rows.made_by(run, ids), **known}
        return {cluster_id: earlier.get(cluster_id, task.revision) for cluster_id in ids}

    async def _formed(self, task: ClusterCell, clusters: Sequence[Cluster]) -> tuple[ClusterFormed, ...]:
        """Write the bodies of each, a few at a time."""
        gate = asyncio.Semaphore(WRITES_AT_ONCE)

        async def write(cluster: Cluster) -> ClusterFormed:
            async with gate:
                prefix, count = f"{task.tenant}/clusters", len(cluster.deal_ids)
                store = self.inputs.store
                return formed(
                    task,
                    cluster,
                    await put_content(store, prefix, cluster.bodies, count=count, suffix=".jsonl"),
                )

        return tuple(await asyncio.gather(*map(write, clusters)))


def formed(task: ClusterCell, cluster: Cluster, deals: Reference) -> ClusterFormed:
    return ClusterFormed(
        tenant=task.tenant,
        run_id=task.run_id,
        revision=task.revision,
        cluster_id=cluster.cluster_id,
        deal_ids=cluster.deal_ids,
        deals=deals,
        shared=cluster.shared,
        settings=task.settings,
        budget_usd=task.budget_usd,
    )


def _kept(cluster: Cluster, revisions: Mapping[UUID, int]) -> CellCluster:
    return CellCluster(
        cluster_id=cluster.cluster_id,
        revision=revisions[cluster.cluster_id],
        deal_ids=cluster.deal_ids,
        home_ids=cluster.home_ids,
    )


def _rows(item_ids: Sequence[str], row_of: Mapping[str, int], moved: set[str]) -> list[int]:
    """Rows of the deals that are still here and stay where they are."""
    return [row_of[item_id] for item_id in item_ids if item_id in row_of and item_id not in moved]
