"""Records of a query: its positives, and the negatives that were found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contracts.ranking import Split
from ranking.candidate import Collection
from ranking.negatives import Ground
from ranking.query import Query
from ranking.record import Grade, Reason, Record


@dataclass(frozen=True, slots=True)
class Label:
    grade: Grade
    reason: Reason


def labelled(
    query: Query, ground: Ground, found: Sequence[int], collection: Collection, split: Split
) -> Iterator[Record]:
    for row in (*ground.positives, *found):
        candidate_id = collection.candidates[row].candidate_id
        label = _label(candidate_id, ground, collection)
        yield Record(
            query=query.text,
            candidate_id=candidate_id,
            cluster_id=query.cluster_id,
            grade=label.grade,
            reason=label.reason,
            split=split,
            made_by=query.made_by,
            prompt=query.prompt,
        )


def _label(candidate_id: str, ground: Ground, collection: Collection) -> Label:
    if candidate_id in ground.cluster.core:
        return Label(3, "same_package")
    if candidate_id in ground.cluster.around:
        return Label(2, "same_cluster")
    candidate = collection.of(candidate_id)
    core = [collection.of(one) for one in ground.cluster.core]
    if any(not set(candidate.sectors).isdisjoint(one.sectors) for one in core):
        return Label(1, "same_sector")
    same_region = any(not set(candidate.regions).isdisjoint(one.regions) for one in core)
    return Label(0, "same_region" if same_region else "other")
