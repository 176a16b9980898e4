"""Clusters: groups of deals that are alike."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.event import Entity, RunEvent
from contracts.reference import Reference
from contracts.settings import PackageSettings, Redo
from contracts.unplaced import Unplaced


class SharedDeal(Entity):
    """A deal of this cluster that is in others as well."""

    item_id: str
    home: UUID = Field(description="The one cluster that it belongs to first; maybe this one.")
    others: tuple[UUID, ...] = Field(default=(), description="All clusters besides this one, sorted.")


class ClusterFormed(RunEvent):
    """One cluster, ready to be packaged."""

    topic: ClassVar[str] = "cluster.formed.v1"

    cluster_id: UUID
    deal_ids: tuple[str, ...] = Field(min_length=1, max_length=1000, description="Item ids, sorted.")
    deals: Reference = Field(description="Their bodies: JSON lines, in the order of `deal_ids`.")
    shared: tuple[SharedDeal, ...] = Field(default=(), description="Sorted by item id.")
    settings: PackageSettings = PackageSettings()
    budget_usd: float | None = Field(default=None, ge=0)

    @property
    def entity(self) -> str:
        return str(self.cluster_id)


class ClusterEntry(Entity):
    """A cluster of a run, and the revision that made it."""

    cluster_id: UUID
    revision: int = Field(ge=1)


class Clustering(Entity):
    """Everything a run's clustering decided. It is stored; `deals.clustered` carries the reference."""

    snapshot: Reference
    clusters: tuple[ClusterEntry, ...] = ()
    failed: tuple[Unplaced, ...] = ()
    excluded: tuple[Unplaced, ...] = ()
    base_revision: int | None = Field(
        default=None, ge=1, description="The revision whose clusters were kept; null: formed anew."
    )
    changed_deals: int | None = Field(
        default=None, ge=0, description="New, changed or withdrawn since then; null: formed anew."
    )


class DealsClustered(RunEvent):
    """The manifest: all clusters of the run, and every deal that is in none."""

    topic: ClassVar[str] = "deals.clustered.v1"

    clustering: Reference
    clusters: int = Field(ge=0)
    failed: int = Field(default=0, ge=0)
    excluded: int = Field(default=0, ge=0)
    settings: PackageSettings = PackageSettings()
    budget_usd: float | None = Field(default=None, ge=0)
    redo: Redo = "nothing"
