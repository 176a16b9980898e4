"""What became of every item of a run: placed, else failed, else excluded, and exactly one of them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from contracts import Reference
from contracts.clusters import Clustering
from contracts.deals import Snapshot
from contracts.packages import FailedPackage, Outcome, Packaging
from contracts.runs import Counts, RunStatus
from contracts.unplaced import Unplaced
from enricher.domain.facts import Facts

UNACCOUNTED: Final = "unaccounted"
UNACCOUNTED_WORDS: Final = "no stage said what became of it"
MAX_CODES: Final = 8


@dataclass(frozen=True, slots=True)
class Proposed:
    """What the packager proposed, and whether it got further."""

    package_id: UUID
    item_ids: tuple[str, ...] = ()
    exclusions: tuple[Unplaced, ...] = ()
    failure: FailedPackage | None = None

    @property
    def is_offered(self) -> bool:
        return self.failure is None and bool(self.item_ids)


@dataclass(frozen=True, slots=True)
class Excluded:
    """An excluded package as it was proposed."""

    package_id: UUID
    cluster_id: UUID
    package_name: str
    item_ids: tuple[str, ...]
    deals: Reference
    currency: str


@dataclass(frozen=True, slots=True)
class RunManifests:
    """What the earlier stages wrote about a run."""

    reference: Reference  # of the packaging
    packaging: Packaging
    clustering: Clustering
    snapshot: Snapshot
    facts: Mapping[str, Facts]  # of each frozen item, in the order of the shards

    @property
    def frozen(self) -> frozenset[str]:
        return frozenset(self.facts)

    @property
    def items(self) -> frozenset[str]:
        """All that was asked for."""
        unplaced = (
            *self.snapshot.failed,
            *self.snapshot.excluded,
            *self.clustering.failed,
            *self.clustering.excluded,
        )
        return self.frozen.union(each.item_id for each in unplaced)


@dataclass(frozen=True, slots=True)
class Lost:
    """A manifest is missing or damaged: nobody can say any more what became of the run's items."""

    words: str


def account(manifests: RunManifests, proposed: Sequence[Proposed]) -> Outcome:
    ordered = sorted(proposed, key=lambda package: str(package.package_id))
    placed = _placed(ordered) & manifests.items
    failed = _first_of_each(_failures(manifests, ordered))
    excluded = _first_of_each(_exclusions(manifests, ordered))
    unplaced = sorted(manifests.items - placed)
    return Outcome(
        packaging=manifests.reference,
        placed=tuple(sorted(placed)),
        failed=tuple(
            failed.get(item) or _unaccounted(item)
            for item in unplaced
            if item in failed or item not in excluded
        ),
        excluded=tuple(excluded[item] for item in unplaced if item in excluded and item not in failed),
        failed_packages=tuple(package.failure for package in ordered if package.failure is not None),
    )


def counted(outcome: Outcome, manifests: RunManifests) -> Counts:
    kinds = Counter(entry.kind for entry in manifests.packaging.packages)
    return Counts(
        placed=len(outcome.placed),
        failed=len(outcome.failed),
        excluded=len(outcome.excluded),
        clusters=len(manifests.clustering.clusters),
        failed_clusters=len(manifests.packaging.failed_clusters),
        packages=kinds["package"],
        excluded_packages=kinds["excluded"],
        failed_packages=len(outcome.failed_packages),
    )


def status_of(counts: Counts, *, cancelled: bool) -> RunStatus:
    if cancelled:
        return "cancelled"
    if counts.failed and not counts.placed:
        return "failed"
    if counts.failed or counts.failed_clusters or counts.failed_packages:
        return "completed_with_failures"
    return "completed"


def summary(outcome: Outcome) -> str:
    """Why deals failed, the most frequent reason first."""
    codes = Counter(each.code for each in outcome.failed)
    ordered = sorted(codes.items(), key=lambda entry: (-entry[1], entry[0]))
    return ", ".join(f"{number} failed: {code}" for code, number in ordered[:MAX_CODES])


def _placed(proposed: Iterable[Proposed]) -> set[str]:
    return {item for package in proposed if package.failure is None for item in package.item_ids}


def _failures(manifests: RunManifests, proposed: Sequence[Proposed]) -> Iterator[Unplaced]:
    for package in proposed:
        if package.failure is not None:
            yield from _all(package.item_ids, package.failure.code, package.failure.words)
    for cluster in manifests.packaging.failed_clusters:
        yield from _all(cluster.deal_ids, cluster.code, cluster.words)
    yield from manifests.clustering.failed
    yield from manifests.snapshot.failed


def _exclusions(manifests: RunManifests, proposed: Sequence[Proposed]) -> Iterator[Unplaced]:
    for package in proposed:
        yield from package.exclusions
    yield from manifests.clustering.excluded
    yield from manifests.snapshot.excluded


def _all(item_ids: Sequence[str], code: str, words: str) -> Iterator[Unplaced]:
    return (Unplaced(item_id=item, code=code, words=words) for item in item_ids)


def _first_of_each(unplaced: Iterable[Unplaced]) -> dict[str, Unplaced]:
    found: dict[str, Unplaced] = {}
    for each in unplaced:
        found.setdefault(each.item_id, each)
    return found


def _unaccounted(item_id: str) -> Unplaced:
    return Unplaced(item_id=item_id, code=UNACCOUNTED, words=UNACCOUNTED_WORDS)
