"""What became of every candidate: in a record, or why in none."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from contracts.unplaced import Unplaced
from ranking.candidate import Collection
from ranking.record import Record

WORDS: Final = {
    "queries_failed": "no queries could be written about a cluster that it is in",
    "in_no_cluster": "it is in no cluster, and no query took it as a negative",
    "not_drawn": "none of its clusters was drawn, and no query took it as a negative",
    "no_query": "no query about its clusters was good enough to keep",
    "other_split": "it is at home in another split than the clusters that it is in",
}


@dataclass(frozen=True, slots=True)
class Accounting:
    """Every candidate exactly once, by id."""

    placed: tuple[str, ...]
    failed: tuple[Unplaced, ...]
    excluded: tuple[Unplaced, ...]


def placed_and_left(
    collection: Collection,
    dataset_records: Iterable[Record],
    drawn_ids: frozenset[str],
    failed_clusters: frozenset[str],
) -> Accounting:
    records = list(dataset_records)
    placed = {record.candidate_id for record in records}
    fates = _Fates(drawn_ids, failed_clusters, frozenset(record.cluster_id for record in records))
    clusters = _clusters_of(collection)
    left = [
        _unplaced(candidate_id, fates.code(clusters.get(candidate_id, frozenset())))
        for candidate_id in sorted(collection.rows)
        if candidate_id not in placed
    ]
    return Accounting(
        tuple(candidate_id for candidate_id in sorted(collection.rows) if candidate_id in placed),
        tuple(one for one in left if one.code == "queries_failed"),
        tuple(one for one in left if one.code != "queries_failed"),
    )


@dataclass(frozen=True, slots=True)
class _Fates:
    """What became of clusters."""

    drawn: frozenset[str]
    failed: frozenset[str]
    in_records: frozenset[str]

    def code(self, clusters: AbstractSet[str]) -> str:
        """Why a candidate of these clusters stands in no record."""
        if not clusters:
            return "in_no_cluster"
        if clusters & self.failed:
            return "queries_failed"
        if not clusters & self.drawn:
            return "not_drawn"
        return "other_split" if clusters & self.drawn & self.in_records else "no_query"


def _clusters_of(collection: Collection) -> dict[str, set[str]]:
    clusters: dict[str, set[str]] = {}
    for cluster in collection.clusters:
        for candidate_id in cluster.members:
            clusters.setdefault(candidate_id, set()).add(cluster.cluster_id)
    return clusters


def _unplaced(candidate_id: str, code: str) -> Unplaced:
    return Unplaced(item_id=candidate_id, code=code, words=WORDS[code])
