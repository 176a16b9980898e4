"""What an event says about its run. Pure: no I/O, no clock, no chance."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from contracts import Entity, Event, RunEvent
from contracts.bundles import BundleDescribed, BundleGenerated, BundlesRequested
from contracts.clusters import ClusterFormed, DealsClustered
from contracts.deals import ItemsFrozen, PackagesRequested
from contracts.packages import PackageEnriched, PackageProposed, PackageWithdrawn, PackagingClosed
from contracts.products import SegmentationRequested
from contracts.quality import Quality
from contracts.ranking_data import (
    EmbeddingRequested,
    RankingDataGenerated,
    RankingDataRequested,
    TextsEmbedded,
)
from contracts.runs import Cost, Counts, EventBuried, RunCommanded, RunFinished, RunKind
from contracts.segmentation import SegmentsAssigned

FOLLOWED: Final[tuple[type[Event], ...]] = (
    PackagesRequested,
    SegmentationRequested,
    BundlesRequested,
    RankingDataRequested,
    ItemsFrozen,
    ClusterFormed,
    DealsClustered,
    PackageProposed,
    PackagingClosed,
    PackageEnriched,
    PackageWithdrawn,
    SegmentsAssigned,
    BundleGenerated,
    BundleDescribed,
    EmbeddingRequested,
    TextsEmbedded,
    RankingDataGenerated,
    RunFinished,
    RunCommanded,
    EventBuried,
)


REQUESTED: Final[Mapping[str, RunKind]] = {
    PackagesRequested.topic: "packages",
    SegmentationRequested.topic: "segmentation",
    BundlesRequested.topic: "bundles",
    RankingDataRequested.topic: "ranking_data",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One event in the log. The same id with another sha256 is a conflict."""

    event_id: UUID
    topic: str
    tenant: str
    run_id: str  # empty: it belongs to no run
    revision: int
    entity: str
    cluster_id: UUID | None
    sha256: str
    seen_ms: int


@dataclass(frozen=True, slots=True)
class Milestone:
    """What one event adds to the row of its run. None: it does not say."""

    kind: str | None = None
    status: str | None = None
    requested_ms: int | None = None
    frozen_ms: int | None = None
    clustered_ms: int | None = None
    packaged_ms: int | None = None
    finished_ms: int | None = None
    items: int | None = None
    clusters: int | None = None
    packages: int | None = None
    counts: Counts | None = None
    cost: Cost | None = None
    settings: Entity | None = None
    budget_usd: float | None = None
    words: str | None = None
    quality: Quality | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What one event changed about the state of its run, and who asked for it."""

    event_id: UUID
    tenant: str
    run_id: str
    revision: int
    change: str
    asked_by: str
    words: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Ended:
    """A revision that is over. No seconds: nobody saw its request."""

    kind: str
    status: str
    seconds: float | None


def change_of(event: Event, event_id: UUID, seen_ms: int) -> Change | None:
    """None: the state of no run has changed."""
    match event:
        case PackagesRequested() | SegmentationRequested() | BundlesRequested() | RankingDataRequested():
            said = ("requested", event.by, "")
        case RunCommanded():
            said = (event.command, event.by, "" if event.budget_usd is None else f"{event.budget_usd:g} USD")
        case ItemsFrozen():
            said = ("frozen", "", f"{event.items} items")
        case RunFinished():
            said = (event.status, "", event.words)
        case _:
            return None
    return Change(event_id, event.tenant, event.run_id, event.revision, *said, seen_ms)


def entry_of(event: Event, event_id: UUID, seen_ms: int) -> Entry:
    run_id, revision = (event.run_id, event.revision) if isinstance(event, RunEvent) else ("", 0)
    return Entry(
        event_id=event_id,
        topic=event.topic,
        tenant=event.tenant,
        run_id=run_id,
        revision=revision,
        entity=event.entity,
        cluster_id=event.cluster_id if isinstance(event, PackageProposed | PackageEnriched) else None,
        sha256=hashlib.sha256(event.canonical()).hexdigest(),
        seen_ms=seen_ms,
    )


def milestone_of(event: Event, seen_ms: int) -> Milestone | None:  # noqa: PLR0911 - one line per kind of event
    """None: the event changes nothing about its run as a whole."""
    match event:
        case PackagesRequested() | SegmentationRequested() | BundlesRequested() | RankingDataRequested():
            return Milestone(
                kind=REQUESTED[event.topic],
                requested_ms=seen_ms,
                settings=event.settings,
                budget_usd=event.budget_usd,
            )
        case RunCommanded(command="retry"):
            return Milestone(requested_ms=seen_ms)
        case ItemsFrozen():
            return Milestone(
                kind=_kind(event),
                frozen_ms=seen_ms,
                items=event.items + event.failed + event.excluded,
                settings=_settings(event),
                budget_usd=event.budget_usd,
            )
        case DealsClustered():
            return Milestone(clustered_ms=seen_ms, clusters=event.clusters)
        case PackagingClosed():
            return Milestone(packaged_ms=seen_ms, packages=event.packages + event.excluded_packages)
        case RunFinished():
            return Milestone(
                kind=event.kind,
                status=event.status,
                finished_ms=seen_ms,
                counts=event.counts,
                cost=event.cost,
                words=event.words,
                quality=event.quality,
            )
    return None


def _kind(event: ItemsFrozen) -> RunKind:
    if event.ranking:
        return "ranking_data"
    if event.bundles:
        return "bundles"
    return "segmentation" if event.segmentation else "packages"


def _settings(event: ItemsFrozen) -> Entity:
    brief = event.ranking or event.bundles or event.segmentation
    return brief.settings if brief else event.settings
