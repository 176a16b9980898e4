"""The clusterer's ports in memory. The suite in test_adapters.py keeps them honest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from clusterer.domain import Base, Partition, Stored
from clustering import Grouping, Vectors, cells, group, regroup
from contracts import Reference
from contracts.clusters import ClusterFormed, DealsClustered
from contracts.settings import ClusterSettings
from runtime import RunKey, Transaction


@dataclass
class MemoryRows:
    clusters: dict[tuple[str, str, UUID], int] = field(default_factory=dict)
    partitions: dict[RunKey, Partition] = field(default_factory=dict)
    cells: dict[RunKey, dict[int, Stored]] = field(default_factory=dict)
    manifests: dict[RunKey, DealsClustered] = field(default_factory=dict)

    async def base(self, run: RunKey) -> Base | None:
        for revision in range(run.revision - 1, 0, -1):
            earlier = RunKey(run.tenant, run.run_id, revision)
            partition = self.partitions.get(earlier)
            if earlier not in self.manifests or partition is None or partition.given_up is not None:
                continue
            if len(self.cells[earlier]) == partition.cells:
                return Base(partition, tuple(await self.results(earlier)))
        return None

    async def begin(self, tx: Transaction, partition: Partition, untouched: Sequence[Stored]) -> bool:
        if tx.run in self.partitions:
            return False
        self.partitions[tx.run] = partition
        self.cells[tx.run] = {cell.number: cell for cell in untouched}
        return True

    async def keep(self, tx: Transaction, cell: Stored, formed: Sequence[ClusterFormed]) -> bool:
        done = self.cells.setdefault(tx.run, {})
        if cell.number in done:
            return False
        done[cell.number] = cell
        for one in formed:
            self.clusters.setdefault((tx.run.tenant, tx.run.run_id, one.cluster_id), tx.run.revision)
        return True

    async def partition(self, run: RunKey) -> Partition:
        return self.partitions[run]

    async def results(self, run: RunKey) -> Sequence[Reference]:
        return [cell.result for _, cell in sorted(self.cells[run].items())]

    async def made_by(self, run: RunKey, clusters: Sequence[UUID]) -> Mapping[UUID, int]:
        found = {one: self.clusters.get((run.tenant, run.run_id, one)) for one in clusters}
        return {one: made for one, made in found.items() if made is not None and made < run.revision}

    async def close(self, tx: Transaction, manifest: DealsClustered) -> None:
        self.manifests.setdefault(tx.run, manifest)


class OwnProcess:
    """Groups where it is called."""

    async def cells(self, vectors: Vectors, settings: ClusterSettings) -> list[list[int]]:
        return cells(vectors, settings)

    async def group(self, vectors: Vectors, settings: ClusterSettings) -> Grouping:
        return group(vectors, settings)

    async def regroup(
        self,
        vectors: Vectors,
        base: Sequence[Sequence[int]],
        homes: Sequence[int],
        moved: Sequence[int],
        settings: ClusterSettings,
    ) -> Grouping:
        return regroup(vectors, base, homes, moved, settings).grouping
