"""What a proof is made from: rows of the views and objects of the store, never a worker's counter."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Self, TypeVar

from contracts import Reference
from contracts.clusters import Clustering
from contracts.deals import Snapshot
from contracts.packages import Outcome, Packaging
from contracts.runs import Cost, Counts


@dataclass(frozen=True, slots=True)
class BrokenObject:
    """An object that a row or a manifest names and that is not there, or is not what was written."""

    key: str
    what: str
    words: str


@dataclass(frozen=True, slots=True)
class Named:
    """An object as a row of a table names it."""

    key: str
    sha256: str

    @classmethod
    def of(cls, reference: Reference) -> Self:
        return cls(reference.key, reference.sha256)


@dataclass(frozen=True, slots=True)
class ClusterRows:
    cluster_id: str
    revision: int
    deals: int
    item_ids: frozenset[str]


# A package's row, by its id and the revision that made it: a retry may propose the same package once more.
Made = tuple[str, int]


@dataclass(frozen=True, slots=True)
class PackageRow:
    package_id: str
    cluster_id: str
    revision: int
    kind: str
    deal_ids: tuple[str, ...]
    member_rows: frozenset[str]  # from read.package_deals_v1

    @property
    def made(self) -> Made:
        return self.package_id, self.revision


@dataclass(frozen=True, slots=True)
class EnrichedRow:
    package_id: str
    cluster_id: str
    deal_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExcludedRow:
    cluster_id: str
    package_id: str
    revision: int
    item_id: str
    code: str


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    status: str
    counts: Counts
    cost: Cost
    outcome: Named | None
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class LedgerRow:
    status: str | None
    counts: Counts
    words: str


@dataclass(frozen=True, slots=True)
class SeenEvent:
    event_id: str
    topic: str
    entity: str
    conflicts: int


@dataclass(frozen=True, slots=True)
class Interaction:
    file: str
    sha256: str
    bytes: int
    answer: str | None  # key of the answer that it led to; None where it led to none
    cost_usd: float | None
    cached: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class StoredFile:
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class OpenWork:
    stage: str
    name: str
    state: str
    reason: str
    rows: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    stage: str
    letter_id: str
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class FailedMember:
    stage: str
    member_id: str
    code: str


@dataclass(frozen=True, slots=True)
class RunEvidence:
    """Of a run of any kind."""

    tenant: str
    run_id: str
    revision: int
    ledger: LedgerRow | None = None
    outcome_row: OutcomeRow | None = None
    snapshot_row: Named | None = None
    snapshot: Snapshot | None = None
    shards: tuple[tuple[str, ...], ...] = ()  # item ids of each body file
    broken: tuple[BrokenObject, ...] = ()
    objects_read: int = 0
    interactions: tuple[Interaction, ...] = ()
    files: Mapping[str, StoredFile] = field(default_factory=dict)
    answers: frozenset[str] = frozenset()  # keys of answers that are there
    spent_usd: float | None = None
    limit_usd: float | None = None
    unsent: Mapping[str, int] = field(default_factory=dict)
    open_work: tuple[OpenWork, ...] = ()
    letters: tuple[DeadLetter, ...] = ()
    failed_members: tuple[FailedMember, ...] = ()
    events: tuple[SeenEvent, ...] = ()

    @property
    def status(self) -> str | None:
        return self.ledger.status if self.ledger else None

    @property
    def items(self) -> frozenset[str]:
        """What was frozen."""
        return frozenset(item for shard in self.shards for item in shard)

    @property
    def reasons(self) -> frozenset[str]:
        """The codes under which its outcome names what failed or was excluded."""
        return frozenset()


R = TypeVar("R", bound=RunEvidence)


def grown(kind: type[R], known: RunEvidence, **more: Any) -> R:
    """What is known of any run, and more of a run of this kind."""
    return kind(**{one.name: getattr(known, one.name) for one in fields(RunEvidence)} | more)


@dataclass(frozen=True, slots=True)
class Evidence(RunEvidence):
    """Of a run that makes packages."""

    clustering_row: Named | None = None
    packaging_row: Named | None = None
    clustering: Clustering | None = None
    packaging: Packaging | None = None
    outcome: Outcome | None = None
    clusters: Mapping[str, ClusterRows] = field(default_factory=dict)
    packages: Mapping[Made, PackageRow] = field(default_factory=dict)
    enriched: Mapping[str, EnrichedRow] = field(default_factory=dict)
    excluded: tuple[ExcludedRow, ...] = ()

    @property
    def reasons(self) -> frozenset[str]:
        if self.outcome is None:
            return frozenset()
        items = {one.code for one in (*self.outcome.failed, *self.outcome.excluded)}
        return frozenset(items | {one.code for one in self.outcome.failed_packages})

    @property
    def current_clusters(self) -> frozenset[str]:
        """Those that the manifest names; a retry with more deals may have left others behind."""
        named = self.clustering.clusters if self.clustering else ()
        return frozenset(str(one.cluster_id) for one in named)

    @property
    def current_packages(self) -> frozenset[Made]:
        named = self.packaging.packages if self.packaging else ()
        return frozenset((str(one.package_id), one.revision) for one in named)
