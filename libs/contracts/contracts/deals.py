"""Deals as they arrive, what is asked to be made of them, and the input of a run as it was fixed."""

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from contracts.bundling import BundlesBrief
from contracts.deal import Deal
from contracts.event import Entity, Event, RunEvent
from contracts.ranking import RankingBrief
from contracts.reference import Reference
from contracts.segmentation import SegmentationBrief
from contracts.settings import PackageSettings, Redo
from contracts.unplaced import Unplaced

MAX_INLINE_IDS = 1000

ItemKind = Literal["deal", "product", "node"]


class DealPublished(Event):
    """A deal as it now is. A null value under the same key withdraws it."""

    topic: ClassVar[str] = "deal.published.v1"

    deal: Deal

    @property
    def entity(self) -> str:
        return self.deal.item_id


class Following(Entity):
    """When a run that follows the feed revises itself."""

    quiet_seconds: float = Field(
        default=30, ge=1, le=86_400, description="After a change, once so long nothing else has changed."
    )
    max_changes: int = Field(
        default=100, ge=1, le=1_000_000, description="Or once so many deals have changed."
    )


class PackagesRequested(RunEvent):
    """Make packages of these deals. Neither ids nor a list: of every deal that is offered now.

    Revision n+1 of a run takes the deals as they now are; what has not changed since revision n stays.
    """

    topic: ClassVar[str] = "packages.requested.v1"

    deal_ids: tuple[str, ...] | None = Field(
        default=None, max_length=MAX_INLINE_IDS, description="Item ids (`origin/deal_id`)."
    )
    deal_list: Reference | None = Field(default=None, description="A longer list: a JSON array of item ids.")
    settings: PackageSettings = PackageSettings()
    wait_seconds: float = Field(
        default=30, ge=0, le=3600, description="How long to wait for deals not yet there."
    )
    budget_usd: float | None = Field(
        default=None, ge=0, description="What the run may spend; null: no limit."
    )
    redo: Redo = "nothing"
    follow: Following | None = Field(
        default=None, description="Revise the run whenever its deals change; null: do not begin to."
    )
    by: str = Field(default="", max_length=200, description="Who asked.")


class SnapshotShard(Entity):
    """Bodies (JSON lines) and vectors (.npy, float32) of the same items in the same order."""

    bodies: Reference
    vectors: Reference


class Snapshot(Entity):
    """The frozen input of a run. It is stored; `items.frozen` carries the reference."""

    items: int
    shards: tuple[SnapshotShard, ...]
    model: str = Field(description="Which encoder made the vectors, with revision and dtype.")
    failed: tuple[Unplaced, ...] = Field(default=(), description="Asked for, but not there or not embedded.")
    excluded: tuple[Unplaced, ...] = Field(default=(), description="Asked for, but withdrawn.")


class ItemsFrozen(RunEvent):
    """The input of a run is fixed from here on."""

    topic: ClassVar[str] = "items.frozen.v1"

    kind: ItemKind = "deal"
    snapshot: Reference
    items: int = Field(ge=0)
    failed: int = Field(default=0, ge=0)
    excluded: int = Field(default=0, ge=0)
    settings: PackageSettings = Field(default=PackageSettings(), description="Of a run of deals.")
    segmentation: SegmentationBrief | None = Field(
        default=None, description="Of a segmentation; null: it is none."
    )
    bundles: BundlesBrief | None = Field(default=None, description="Of a run of bundles; null: it is none.")
    ranking: RankingBrief | None = Field(
        default=None, description="Of a run of ranking data; null: it is none."
    )
    budget_usd: float | None = Field(default=None, ge=0)
    redo: Redo = "nothing"

    @model_validator(mode="after")
    def _brief_fits_the_kind(self) -> "ItemsFrozen":
        if sum(brief is not None for brief in (self.segmentation, self.bundles, self.ranking)) > 1:
            raise ValueError("a run makes segments, bundles or ranking data, one of them")
        if self.kind != "product" and (self.segmentation or self.bundles):
            raise ValueError("deals are packaged, products are segmented or bundled")
        if self.kind == "product" and self.ranking:
            raise ValueError("ranking data are made of deals or of the nodes of a graph")
        if self.kind == "node" and not self.ranking:
            raise ValueError("of the nodes of a graph ranking data are made")
        return self
