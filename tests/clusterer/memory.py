"""The clusterer's ports in memory. The suite in test_adapters.py keeps them honest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from clustering import Grouping, Vectors, group
from contracts.clusters import ClusterFormed, DealsClustered
from contracts.settings import ClusterSettings
from runtime import RunKey, Transaction


@dataclass
class MemoryClusters:
    rows: dict[tuple[str, str, UUID], int] = field(default_factory=dict)
    manifests: dict[RunKey, DealsClustered] = field(default_factory=dict)

    async def made_by(self, run: RunKey, clusters: Sequence[UUID]) -> Mapping[UUID, int]:
        found = {one: self.rows.get((run.tenant, run.run_id, one)) for one in clusters}
        return {one: made for one, made in found.items() if made is not None and made < run.revision}

    async def save(self, tx: Transaction, formed: Sequence[ClusterFormed], manifest: DealsClustered) -> bool:
        if tx.run in self.manifests:
            return False
        self.manifests[tx.run] = manifest
        for one in formed:
            self.rows.setdefault((tx.run.tenant, tx.run.run_id, one.cluster_id), tx.run.revision)
        return True


class OwnProcess:
    """Groups where it is called."""

    async def group(self, vectors: Vectors, settings: ClusterSettings) -> Grouping:
        return group(vectors, settings)
