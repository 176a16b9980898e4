"""How good the packages of a run are. Pure: the same run always has the same figures."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean, median
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from contracts.quality import Quality, Spread
from enricher.domain.facts import Facts

NEAR: Final = 0.8  # Jaccard index from which two packages are near-duplicates
DIGITS: Final = 6
SEED: Final = 7

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Offered:
    """A package that buyers can see."""

    package_id: UUID
    name: str
    item_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answering:
    """How the model answered about the clusters of the run."""

    deals: int
    named_ids: int
    invented_ids: int
    forgotten_ids: int


@dataclass(frozen=True, slots=True)
class Measured:
    """All that is looked at. Vectors are rows in the order of `facts`; None: they are lost."""

    facts: Mapping[str, Facts]
    items: int
    clusters: Sequence[Sequence[str]]
    packages: Sequence[Offered]
    vectors: Vectors | None
    answering: Answering | None
    usd: float | None


def measure(run: Measured) -> Quality:
    packages = [[item for item in one.item_ids if item in run.facts] for one in run.packages]
    placed = Counter(item for package in packages for item in package)
    clustered = Counter(item for cluster in run.clusters for item in cluster)
    answering = run.answering or Answering(0, 0, 0, 0)
    similarity, random_similarity = _similarities(run)
    return Quality(
        coverage=_share(len(placed), run.items),
        cluster_overlap=_share(sum(times > 1 for times in clustered.values()), len(clustered)),
        package_overlap=_share(sum(times > 1 for times in placed.values()), len(placed)),
        cluster_sizes=_spread([len(cluster) for cluster in run.clusters]),
        package_sizes=_spread([len(package) for package in packages]),
        packages_per_cluster=_share(len(packages), len(run.clusters)),
        similarity=similarity,
        random_similarity=random_similarity,
        tier1_purity=_purity(packages, run.facts),
        safety_spread=_safety_spread(packages, run.facts),
        floor_spread=_floor_spread(packages, run.facts),
        invented_ids=_share(answering.invented_ids, answering.named_ids),
        forgotten_ids=_share(answering.forgotten_ids, answering.deals),
        near_duplicates=len(list(_near_duplicates(packages))) if packages else None,
        equal_names=_equal_names(run.packages) if packages else None,
        usd_per_package=None if run.usd is None else _share(run.usd, len(packages)),
    )


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, DIGITS) if whole else None


def _spread(values: Sequence[float]) -> Spread | None:
    if not values:
        return None
    return Spread(
        lowest=min(values),
        median=median(values),
        mean=round(fmean(values), DIGITS),
        highest=max(values),
        count=len(values),
    )


def _mean(values: Sequence[float]) -> float | None:
    return round(fmean(values), DIGITS) if values else None


def _similarities(run: Measured) -> tuple[float | None, float | None]:
    if run.vectors is None or not run.packages:
        return None, None
    row_of = {item: row for row, item in enumerate(run.facts)}
    packages = [np.array([row_of[item] for item in one.item_ids if item in row_of]) for one in run.packages]
    chance = np.random.default_rng(SEED)
    others = [chance.choice(len(row_of), size=len(rows), replace=False) for rows in packages]
    return _inner(packages, run.vectors), _inner(others, run.vectors)


def _inner(packages: Sequence[NDArray[np.intp]], vectors: Vectors) -> float | None:
    """Mean cosine of two members. The square of the sum of unit vectors is the sum of all their products."""
    means = []
    for rows in packages:
        count = len(rows)
        if count > 1:
            whole = vectors[rows].astype(np.float64).sum(axis=0)
            means.append(float((whole @ whole - count) / (count * (count - 1))))
    return _mean(means)


def _purity(packages: Sequence[Sequence[str]], facts: Mapping[str, Facts]) -> float | None:
    same = known = 0
    for package in packages:
        tiers = Counter(tier for item in package if (tier := facts[item].tier1) is not None)
        same += max(tiers.values(), default=0)
        known += tiers.total()
    return _share(same, known)


def _safety_spread(packages: Sequence[Sequence[str]], facts: Mapping[str, Facts]) -> float | None:
    severities = [[facts[item].severity for item in package] for package in packages]
    return _mean([max(one) - min(one) for one in severities])


def _floor_spread(packages: Sequence[Sequence[str]], facts: Mapping[str, Facts]) -> float | None:
    ratios = []
    for package in packages:
        floors = [floor for item in package if (floor := facts[item].floor)]
        if len(floors) > 1:
            ratios.append(max(floors) / min(floors))
    return round(median(ratios), DIGITS) if ratios else None


def _near_duplicates(packages: Sequence[Sequence[str]]) -> Iterator[tuple[int, int]]:
    """Pairs of places. Only packages that share a deal are compared."""
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for place, package in enumerate(packages):
        for item in package:
            holders[item].append(place)
    shared = Counter(pair for places in holders.values() for pair in combinations(places, 2))
    for (one, other), common in shared.items():
        if common >= NEAR * (len(packages[one]) + len(packages[other]) - common):
            yield one, other


def _equal_names(packages: Sequence[Offered]) -> int:
    names = Counter(one.name.casefold() for one in packages)
    return sum(times for times in names.values() if times > 1)
