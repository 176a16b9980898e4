"""The clusterer's handlers on memory, driven as the runtime drives them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from clusterer.handler.closing import CloseClustering
from clusterer.handler.grouping import GroupCell
from clusterer.handler.partitioning import PartitionInput
from clusterer.handler.reading import Inputs, StoredResults
from clusterer.handler.tasks import ClusterCell
from contracts.clusters import ClusterFormed, Clustering, DealsClustered
from contracts.deals import ItemsFrozen
from objects import MemoryObjects, get_content
from runtime import Closing, Failure, Member, RunKey, Transaction
from tests.clusterer.memory import MemoryRows, OwnProcess


@dataclass(frozen=True)
class Expecting(Transaction):
    """Notes whom the run was told to expect."""

    expected: dict[str, int] = field(default_factory=dict)

    async def expect(self, members: Mapping[str, int]) -> None:
        self.expected.update(members)


@dataclass(frozen=True)
class Ran:
    """What one revision came to."""

    formed: tuple[ClusterFormed, ...]
    manifest: DealsClustered
    clustering: Clustering
    cells: int

    @property
    def ids(self) -> set[str]:
        return {str(entry.cluster_id) for entry in self.clustering.clusters}


class World:
    def __init__(self) -> None:
        self.store, self.rows = MemoryObjects(), MemoryRows()
        inputs, results, grouper = Inputs(self.store), StoredResults(self.store), OwnProcess()
        self.partition = PartitionInput(self.rows, grouper, results, inputs)
        self.group = GroupCell(self.rows, grouper, results, inputs)
        self.close = CloseClustering(self.rows, results, inputs)

    async def run(self, event: ItemsFrozen, *, lost: Sequence[str] = (), order: int = 1) -> Ran:
        """One revision from start to end. `lost`: cells whose work is given up. `order` -1: last first."""
        tx = Expecting(cast("Any", None), RunKey(event.tenant, event.run_id, event.revision), "")
        tasks = await self.partition.record(tx, event, await self.partition.decide(event))
        formed: list[ClusterFormed] = []
        for task in list(tasks)[::order]:
            assert isinstance(task, ClusterCell)
            if task.entity not in lost:
                told = await self.group.record(tx, task, await self.group.decide(task))
                formed += [one for one in told if isinstance(one, ClusterFormed)]
        members = [_member(task, lost) for task in tasks]
        return await self._closed(tx, formed, members)

    async def _closed(
        self, tx: Transaction, formed: Sequence[ClusterFormed], members: Sequence[Member[ClusterCell]]
    ) -> Ran:
        closing = Closing(tx.run, members, cancelled=False)
        manifest = await self.close.decide(closing)
        await self.close.record(tx, closing, manifest)
        clustering = Clustering.read(await get_content(self.store, manifest.clustering))
        return Ran(tuple(formed), manifest, clustering, len(members))


def _member(task: Any, lost: Sequence[str]) -> Member[ClusterCell]:
    if task.entity in lost:
        return Member(task.entity, "failed", task.revision, task, Failure("crashes", "it crashed"))
    return Member(task.entity, "done", task.revision, None, None)
