"""What queries look for, and the groups that queries are written about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a query may find. Sectors and regions decide grades, attributes what is too much alike."""

    candidate_id: str
    name: str
    text: str  # what is searched
    sectors: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()  # name: value
    snippet: str = ""


@dataclass(frozen=True, slots=True)
class MiniCluster:
    """A package or a platform: those in it, and those around it, which are of the same kind."""

    cluster_id: str
    name: str
    home: str  # of several with one home, all are in one split
    core: tuple[str, ...]  # candidate ids, sorted: grade 3
    around: tuple[str, ...] = ()  # grade 2

    @property
    def members(self) -> frozenset[str]:
        return frozenset((*self.core, *self.around))


@dataclass(frozen=True)
class Collection:
    """All candidates of a run, sorted by id, their vectors row by row, and its clusters, sorted by id."""

    candidates: tuple[Candidate, ...]
    clusters: tuple[MiniCluster, ...]
    vectors: Vectors
    model: str
    homes: Mapping[str, str] = field(default_factory=dict)  # candidate id -> where it is at home

    @cached_property
    def rows(self) -> Mapping[str, int]:
        return {candidate.candidate_id: row for row, candidate in enumerate(self.candidates)}

    @cached_property
    def by_id(self) -> Mapping[str, MiniCluster]:
        return {cluster.cluster_id: cluster for cluster in self.clusters}

    def of(self, candidate_id: str) -> Candidate:
        return self.candidates[self.rows[candidate_id]]

    def rows_of(self, candidate_ids: frozenset[str] | tuple[str, ...]) -> list[int]:
        return sorted(self.rows[candidate_id] for candidate_id in candidate_ids)
