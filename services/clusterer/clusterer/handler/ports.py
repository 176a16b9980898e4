"""What the clusterer needs of the world."""

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from clusterer.domain import Base, CellResult, Partition, Stored
from clustering import Grouping, Vectors
from contracts import Reference
from contracts.clusters import ClusterFormed, DealsClustered
from contracts.settings import ClusterSettings
from runtime import RunKey, Transaction


class Grouper(Protocol):
    """Groups vectors, off the event loop."""

    async def cells(self, vectors: Vectors, settings: ClusterSettings) -> list[list[int]]: ...

    async def group(self, vectors: Vectors, settings: ClusterSettings) -> Grouping: ...

    async def regroup(
        self,
        vectors: Vectors,
        base: Sequence[Sequence[int]],
        homes: Sequence[int],
        moved: Sequence[int],
        settings: ClusterSettings,
    ) -> Grouping: ...


class Rows(Protocol):
    """Partitions, cells and clusters of runs. What a revision has said first stays."""

    async def base(self, run: RunKey) -> Base | None:
        """The latest earlier revision all of whose cells were clustered."""
        ...

    async def begin(self, tx: Transaction, partition: Partition, untouched: Sequence[Stored]) -> bool:
        """False: the revision has its cells already."""
        ...

    async def keep(self, tx: Transaction, cell: Stored, formed: Sequence[ClusterFormed]) -> bool:
        """False: the cell is done already."""
        ...

    async def partition(self, run: RunKey) -> Partition: ...

    async def results(self, run: RunKey) -> Sequence[Reference]: ...

    async def made_by(self, run: RunKey, clusters: Sequence[UUID]) -> Mapping[UUID, int]:
        """Which earlier revisions of the run formed which of these."""
        ...

    async def close(self, tx: Transaction, manifest: DealsClustered) -> None: ...


class Results(Protocol):
    """What became of cells, in the object store."""

    async def read(self, reference: Reference) -> CellResult: ...

    async def write(self, tenant: str, result: CellResult) -> Stored: ...
