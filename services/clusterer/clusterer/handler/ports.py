"""What the clusterer needs of the world."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from clusterer.domain import CellResult
from clustering import Grouping, Vectors
from contracts import Reference
from contracts.clusters import ClusterFormed, DealsClustered
from contracts.deals import ItemsFrozen
from contracts.settings import ClusterSettings
from runtime import Failure, RunKey, Transaction


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


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a cell, as a row keeps it."""

    number: int
    result: Reference
    clusters: int
    left: int


@dataclass(frozen=True, slots=True)
class Partition:
    """The input of one revision, cut into cells. A failure: it could not be, so all its deals have failed."""

    frozen: ItemsFrozen
    cells: int
    base_revision: int | None = None
    changed_deals: int | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Base:
    """What an earlier revision of the run has come to, every cell of it."""

    partition: Partition
    results: tuple[Reference, ...]

    @property
    def revision(self) -> int:
        return self.partition.frozen.revision


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
