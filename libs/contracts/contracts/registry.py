"""Every contract, in one table: who answers for it, who writes it, who reads it, how it may change."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from contracts.bundles import (
    BundleAdded,
    BundleDescribed,
    BundleGenerated,
    BundleOutcome,
    BundlePurchased,
    BundlesRequested,
    BundleViewed,
    OrderPlaced,
)
from contracts.clusters import ClusterFormed, Clustering, DealsClustered
from contracts.deal import Deal
from contracts.deals import DealPublished, ItemsFrozen, PackagesRequested, Snapshot
from contracts.event import Entity, Event
from contracts.packages import (
    Outcome,
    PackageEnriched,
    PackageProposed,
    PackageWithdrawn,
    Packaging,
    PackagingClosed,
)
from contracts.product import Product
from contracts.products import ProductPublished, SegmentationRequested
from contracts.ranking import GraphNode
from contracts.ranking_data import (
    EmbeddingRequested,
    RankingDataGenerated,
    RankingDataRequested,
    RankingOutcome,
    TextsEmbedded,
)
from contracts.ranking_report import RankingReport
from contracts.runs import EventBuried, LetterCommanded, RunCommanded, RunFinished
from contracts.segmentation import Segmentation, SegmentationOutcome, SegmentsAssigned
from contracts.segmenting import (
    BatchAsked,
    BatchTaxonomy,
    MergeAsked,
    MergedTaxonomy,
    RefineAsked,
    RefinedBatch,
)
from contracts.uploads import UploadRead, UploadReceived

# Old and new code read and write the same topic at once, and topics are replayed from their beginning.
Compatibility = Literal["full_transitive"]

STAGES = ("embedder", "clusterer", "packager", "enricher", "segmenter", "bundler", "ranker", "ledger")
PARTITIONS = 6  # of a topic that a worker has to create


@dataclass(frozen=True, slots=True)
class Contract:
    """One event on one topic. Producers and consumers that are no stage of ours are outside Assort."""

    event: type[Event]
    owner: str
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    key: str
    compacted: bool = False
    reserved: bool = False  # named, so that readers can prepare; nobody sends it yet
    compatibility: Compatibility = "full_transitive"

    @property
    def topic(self) -> str:
        return self.event.topic


@dataclass(frozen=True, slots=True)
class Stored:
    """What the object store keeps for ever and other stages read; events carry a reference to it."""

    entity: type[Entity]
    name: str
    owner: str
    readers: tuple[str, ...]


EVENTS = (
    Contract(
        DealPublished,
        owner="embedder",
        producers=("upstream", "cli"),
        consumers=("embedder",),
        key="tenant/origin/deal_id",
        compacted=True,
    ),
    Contract(
        ProductPublished,
        owner="embedder",
        producers=("upstream", "cli"),
        consumers=("embedder",),
        key="tenant/product_id",
        compacted=True,
    ),
    Contract(
        OrderPlaced,
        owner="bundler",
        producers=("upstream", "cli"),
        consumers=("bundler",),
        key="tenant/store/order_id",
        compacted=True,
    ),
    Contract(
        UploadReceived,
        owner="bundler",
        producers=("api", "cli"),
        consumers=("bundler",),
        key="tenant/csv_upload_id",
    ),
    Contract(
        UploadRead,
        owner="bundler",
        producers=("bundler",),
        consumers=("embedder", "downstream"),
        key="tenant/csv_upload_id",
    ),
    Contract(
        PackagesRequested,
        owner="embedder",
        producers=("upstream", "api", "cli", "embedder"),
        consumers=("embedder", "ledger"),
        key="tenant/run_id/run_id",
    ),
    Contract(
        SegmentationRequested,
        owner="embedder",
        producers=("upstream", "api", "cli"),
        consumers=("embedder", "ledger"),
        key="tenant/run_id/run_id",
    ),
    Contract(
        BundlesRequested,
        owner="embedder",
        producers=("upstream", "api", "cli"),
        consumers=("embedder", "ledger"),
        key="tenant/run_id/run_id",
    ),
    Contract(
        RankingDataRequested,
        owner="embedder",
        producers=("upstream", "api", "cli"),
        consumers=("embedder", "ledger"),
        key="tenant/run_id/run_id",
    ),
    Contract(
        ItemsFrozen,
        owner="embedder",
        producers=("embedder",),
        consumers=("clusterer", "segmenter", "bundler", "ranker", "ledger"),
        key="tenant/run_id/run_id",
    ),
    Contract(
        ClusterFormed,
        owner="clusterer",
        producers=("clusterer",),
        consumers=("packager", "ranker", "ledger"),
        key="tenant/run_id/cluster_id",
    ),
    Contract(
        DealsClustered,
        owner="clusterer",
        producers=("clusterer",),
        consumers=("packager", "ledger"),
        key="tenant/run_id/run_id",
    ),
    Contract(
        PackageProposed,
        owner="packager",
        producers=("packager",),
        consumers=("enricher", "ledger"),
        key="tenant/run_id/package_id",
    ),
    Contract(
        PackagingClosed,
        owner="packager",
        producers=("packager",),
        consumers=("enricher", "ledger"),
        key="tenant/run_id/run_id",
    ),
    Contract(
        PackageEnriched,
        owner="enricher",
        producers=("enricher",),
        consumers=("ranker", "ledger", "downstream"),
        key="tenant/run_id/package_id",
    ),
    Contract(
        PackageWithdrawn,
        owner="enricher",
        producers=("enricher",),
        consumers=("ledger", "downstream"),
        key="tenant/run_id/package_id",
    ),
    Contract(
        SegmentsAssigned,
        owner="segmenter",
        producers=("segmenter",),
        consumers=("ledger", "downstream"),
        key="tenant/run_id/run_id",
    ),
    Contract(
        BundleGenerated,
        owner="bundler",
        producers=("bundler",),
        consumers=("ledger", "downstream"),
        key="tenant/run_id/bundle_id",
    ),
    Contract(
        BundleDescribed,
        owner="bundler",
        producers=("bundler",),
        consumers=("ledger", "downstream"),
        key="tenant/run_id/bundle_id",
    ),
    *(
        Contract(
            feedback,
            owner="bundler",
            producers=("upstream", "api", "cli"),
            consumers=("bundler",),
            key="tenant/store/feedback_id",
        )
        for feedback in (BundleViewed, BundleAdded, BundlePurchased)
    ),
    Contract(
        EmbeddingRequested,
        owner="embedder",
        producers=("ranker",),
        consumers=("embedder", "ledger"),
        key="tenant/run_id/sha256",
    ),
    Contract(
        TextsEmbedded,
        owner="embedder",
        producers=("embedder",),
        consumers=("ranker", "ledger"),
        key="tenant/run_id/sha256",
    ),
    Contract(
        RankingDataGenerated,
        owner="ranker",
        producers=("ranker",),
        consumers=("ledger", "downstream"),
        key="tenant/run_id/run_id",
    ),
    Contract(
        RunFinished,
        owner="runtime",
        producers=("embedder", "enricher", "segmenter", "bundler", "ranker"),
        consumers=("embedder", "ranker", "ledger", "downstream"),
        key="tenant/run_id/run_id",
    ),
    Contract(
        RunCommanded,
        owner="cli",
        producers=("api", "cli", "upstream"),
        consumers=STAGES,
        key="tenant/run_id/run_id",
    ),
    Contract(
        EventBuried,
        owner="runtime",
        producers=STAGES,
        consumers=("ledger", "operators"),
        key="tenant/letter_id",
    ),
    Contract(
        LetterCommanded,
        owner="cli",
        producers=("cli",),
        consumers=STAGES,
        key="tenant/letter_id",
    ),
)

STORED = (
    Stored(Deal, "deal.v1", owner="embedder", readers=("clusterer", "packager", "enricher", "ranker", "cli")),
    Stored(GraphNode, "graph_node.v1", owner="embedder", readers=("ranker", "cli")),
    Stored(Product, "product.v1", owner="embedder", readers=("segmenter", "bundler", "cli")),
    Stored(
        Snapshot,
        "snapshot.v1",
        owner="embedder",
        readers=("clusterer", "enricher", "segmenter", "bundler", "ranker", "cli"),
    ),
    Stored(Clustering, "clustering.v1", owner="clusterer", readers=("packager", "enricher", "ranker", "cli")),
    Stored(Packaging, "packaging.v1", owner="packager", readers=("enricher", "ranker", "cli")),
    Stored(Outcome, "outcome.v1", owner="enricher", readers=("ranker", "cli")),
    Stored(BatchAsked, "segmentation_batch.v1", owner="segmenter", readers=("cli",)),
    Stored(BatchTaxonomy, "batch_taxonomy.v1", owner="segmenter", readers=("cli",)),
    Stored(MergeAsked, "merge_asked.v1", owner="segmenter", readers=("cli",)),
    Stored(MergedTaxonomy, "merged_taxonomy.v1", owner="segmenter", readers=("cli",)),
    Stored(RefineAsked, "refine_asked.v1", owner="segmenter", readers=("cli",)),
    Stored(RefinedBatch, "refined_batch.v1", owner="segmenter", readers=("cli",)),
    Stored(Segmentation, "segmentation.v1", owner="segmenter", readers=("api", "cli", "downstream")),
    Stored(SegmentationOutcome, "segmentation_outcome.v1", owner="segmenter", readers=("cli",)),
    Stored(BundleOutcome, "bundle_outcome.v1", owner="bundler", readers=("api", "cli", "downstream")),
    Stored(RankingReport, "ranking_report.v1", owner="ranker", readers=("api", "cli", "downstream")),
    Stored(RankingOutcome, "ranking_outcome.v1", owner="ranker", readers=("api", "cli")),
)


def participants() -> tuple[str, ...]:
    """Everybody who writes or reads an event, stages first in the order of the path."""
    named = {name for contract in EVENTS for name in (*contract.producers, *contract.consumers)}
    return (*STAGES, *sorted(named.difference(STAGES)))


def sent_by(participant: str) -> Iterable[Contract]:
    return (contract for contract in EVENTS if participant in contract.producers and not contract.reserved)


def received_by(participant: str) -> Iterable[Contract]:
    return (contract for contract in EVENTS if participant in contract.consumers)
