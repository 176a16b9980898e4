"""Candidates that a query does not look for, the hardest first."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from contracts.ranking_report import GuardCounts
from ranking.candidate import Collection, MiniCluster
from ranking.likeness import Flags, Likeness, Real, Rows
from ranking.query import Query
from ranking.record import Record
from ranking.splitting import Splits

# In this order: a candidate is counted by the first that stops it.
GUARDS: Final = ("known_positive", "same_cluster", "near_duplicate", "same_attributes", "too_close")
PASSED: Final = len(GUARDS)


@dataclass(frozen=True, slots=True)
class Known:
    """Positives by existing records."""

    by_cluster: Mapping[str, AbstractSet[str]]
    by_query: Mapping[str, AbstractSet[str]]

    @classmethod
    def of(cls, records: Iterable[Record]) -> Self:
        by_cluster: dict[str, set[str]] = {}
        by_query: dict[str, set[str]] = {}
        for record in records:
            if record.label:
                by_cluster.setdefault(record.cluster_id, set()).add(record.candidate_id)
                by_query.setdefault(record.query, set()).add(record.candidate_id)
        return cls(by_cluster, by_query)

    def to(self, query: Query, collection: Collection) -> list[int]:
        """The rows of those that are in the collection."""
        of_cluster = self.by_cluster.get(query.cluster_id, frozenset())
        found = of_cluster | self.by_query.get(query.text, frozenset())
        return sorted(collection.rows[one] for one in found if one in collection.rows)


@dataclass(frozen=True, slots=True)
class Ground:
    """Where negatives of a cluster are looked for, and what of it stops them. Flags by row.

    Its own members are not looked at, so no guard counts them.
    """

    cluster: MiniCluster
    members: Sequence[int]
    positives: Sequence[int]  # members at home in the cluster's split
    pool: Flags  # in its split, and no member
    related: Flags  # shares a sector or a region with the core
    same_cluster: Flags
    near_duplicate: Flags
    same_attributes: Flags

    @classmethod
    def of(cls, cluster: MiniCluster, collection: Collection, likeness: Likeness, splits: Splits) -> Self:
        split = splits.split_of_cluster(cluster.cluster_id)
        inside = np.array(
            [splits.split_of(candidate_id) == split for candidate_id in collection.rows], np.bool_
        )
        members = collection.rows_of(cluster.members)
        pool = inside.copy()
        pool[members] = False
        return cls(
            cluster=cluster,
            members=members,
            positives=[row for row in members if inside[row]],
            pool=pool,
            related=_related(cluster, collection),
            same_cluster=_at_home(cluster.home, collection),
            near_duplicate=likeness.duplicates_of(members),
            same_attributes=likeness.alike_to(collection.rows_of(cluster.core)),
        )


@dataclass(frozen=True, slots=True)
class Found:
    """Rows, the hardest first."""

    rows: tuple[int, ...]
    counts: GuardCounts


def find(
    likeness: Likeness, ground: Ground, known: Sequence[int], near: Real, *, margin: float, wanted: int
) -> Found:
    """`near`: the cosine of each candidate to the query. Looking stops as soon as enough have passed."""
    order = _hardest_first(ground, near)
    stops = _stops(likeness, ground, known, near, margin)[order]
    passed = np.flatnonzero(stops == PASSED)[:wanted]
    looked = len(order) if len(passed) < wanted else int(passed.max(initial=-1)) + 1
    counts = np.bincount(stops[:looked], minlength=PASSED + 1).tolist()
    return Found(
        tuple(order[passed].tolist()),
        GuardCounts(
            **dict(zip(GUARDS, counts, strict=False)), passed=len(passed), missing=wanted - len(passed)
        ),
    )


def _hardest_first(ground: Ground, near: Real) -> Rows:
    """What is related before all others; of the equally near the first row, which is the first id."""
    rows = np.flatnonzero(ground.pool)
    return rows[np.lexsort((rows, -near[rows], ~ground.related[rows]))]


def _stops(likeness: Likeness, ground: Ground, known: Sequence[int], near: Real, margin: float) -> Rows:
    """The guard that stops each row, as a place in GUARDS; else PASSED."""
    is_known = np.zeros(len(near), np.bool_)
    is_known[list(known)] = True
    usual = float(np.median(near[ground.positives])) if ground.positives else 0.0
    guards = (
        is_known,
        ground.same_cluster,
        ground.near_duplicate | likeness.duplicates_of(known),
        ground.same_attributes,
        near > (1 - margin) * usual if usual > 0 else np.zeros(len(near), np.bool_),
    )
    return np.select(guards, range(PASSED), PASSED)


def _related(cluster: MiniCluster, collection: Collection) -> Flags:
    core = [collection.of(candidate_id) for candidate_id in cluster.core]
    sectors = {sector for one in core for sector in one.sectors}
    regions = {region for one in core for region in one.regions}
    shares = (
        not (sectors.isdisjoint(one.sectors) and regions.isdisjoint(one.regions))
        for one in collection.candidates
    )
    return np.fromiter(shares, np.bool_, len(collection.candidates))


def _at_home(home: str, collection: Collection) -> Flags:
    """There, or a member of a cluster that is."""
    flags = np.array([collection.homes.get(one) == home for one in collection.rows], np.bool_)
    for cluster in collection.clusters:
        if cluster.home == home:
            flags[collection.rows_of(cluster.members)] = True
    return flags
