"""Whether negatives are none of the positives, counted anew from the records alone.

It shares no code with the search for negatives: what that got wrong is seen here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from contracts.ranking import NegativeRules
from contracts.ranking_report import Proof
from ranking.candidate import Collection
from ranking.likeness import Real
from ranking.record import Record
from ranking.words import overlap, words


@dataclass(slots=True)
class _Sides:
    """Of one query, whatever clusters its records are about."""

    positives: set[str] = field(default_factory=set)
    negatives: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Compared:
    """A query's negatives with its positives."""

    pairs: int
    positive: int
    duplicate: int
    nearest: float | None  # None: no pair has vectors


def proved(collection: Collection, records: Sequence[Record], rules: NegativeRules) -> Proof:
    """Records of candidates that are not in the collection are compared by id alone."""
    queries: dict[str, _Sides] = {}
    for record in records:
        sides = queries.setdefault(record.query, _Sides())
        if record.label:
            sides.positives.add(record.candidate_id)
        else:
            sides.negatives.append(record.candidate_id)
    compared = [_compared(collection, sides, rules) for sides in queries.values()]
    nearest = max((one.nearest for one in compared if one.nearest is not None), default=0.0)
    return Proof(
        queries=len(queries),
        negatives=sum(len(sides.negatives) for sides in queries.values()),
        pairs=sum(one.pairs for one in compared),
        positive_negatives=sum(one.positive for one in compared),
        duplicate_negatives=sum(one.duplicate for one in compared),
        nearest=min(1.0, max(-1.0, nearest)),
    )


def _compared(collection: Collection, sides: _Sides, rules: NegativeRules) -> _Compared:
    positives = sorted(one for one in sides.positives if one in collection.rows)
    texts = [words(collection.of(one).text) for one in positives]
    there = [one for one in sides.negatives if one in collection.rows]
    near = _directions(collection, there) @ _directions(collection, positives).T
    duplicate = 0
    for candidate_id, cosines in zip(there, near, strict=True):
        said = words(collection.of(candidate_id).text)
        duplicate += any(
            cosine >= rules.near_duplicate_similarity or overlap(said, text) >= rules.near_duplicate_overlap
            for cosine, text, positive in zip(cosines, texts, positives, strict=True)
            if positive != candidate_id
        )
    return _Compared(
        pairs=len(sides.negatives) * len(sides.positives),
        positive=sum(one in sides.positives for one in sides.negatives),
        duplicate=duplicate,
        nearest=float(near.max()) if near.size else None,
    )


def _directions(collection: Collection, candidate_ids: Sequence[str]) -> Real:
    rows = [collection.rows[one] for one in candidate_ids]
    vectors = collection.vectors[rows].astype(np.float64)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)
