"""Work that the clusterer hands to itself."""

from typing import ClassVar

from pydantic import Field

from contracts import Reference, Task
from contracts.settings import PackageSettings, Redo


class ClusterCell(Task):
    """Cluster one cell of a run's input."""

    topic: ClassVar[str] = "clusterer.cluster_cell"

    number: int
    cell: Reference = Field(description="Its deals, and what an earlier revision made of them.")
    settings: PackageSettings
    budget_usd: float | None
    redo: Redo

    @property
    def entity(self) -> str:
        return str(self.number)
