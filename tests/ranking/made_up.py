"""Collections of which it is known what belongs together, and what was planted in them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from contracts.ranking import RankingSettings, Split
from ranking.assembling import Dataset, assemble
from ranking.candidate import Candidate, Collection, MiniCluster, Vectors
from ranking.drawing import drawn
from ranking.query import Query
from ranking.record import Record

WIDTH: Final = 48  # of vectors: strangers are nearly at right angles
SECTORS: Final = ("cars", "food", "sports", "travel", "news")
REGIONS: Final = ("DE", "FR", "JP", "US")
PER_CLUSTER: Final = 12
CORE: Final = 8  # the rest is around


@dataclass(frozen=True, slots=True)
class Made:
    """A collection, queries about all of its clusters, and their vectors."""

    collection: Collection
    queries: tuple[Query, ...]
    vectors: Vectors

    def shuffled(self, seed: int) -> "Made":
        """Clusters meet in another order; each keeps the order of its own queries."""
        chance = np.random.default_rng(seed)
        turns = chance.permutation([query.cluster_id for query in self.queries]).tolist()
        left = {name: iter(self.places(name)) for name in turns}
        order = [next(left[name]) for name in turns]
        queries = tuple(self.queries[place] for place in order)
        return replace(self, queries=queries, vectors=self.vectors[order])

    def places(self, cluster_id: str) -> list[int]:
        return [place for place, query in enumerate(self.queries) if query.cluster_id == cluster_id]


@dataclass(frozen=True, slots=True)
class Copy:
    """A candidate that is another one under a new id, at home elsewhere."""

    of: str
    candidate_id: str


def collection_of(
    candidates: Iterable[Candidate],
    clusters: Iterable[MiniCluster],
    *,
    vectors: Mapping[str, Sequence[float]] | None = None,
    homes: Mapping[str, str] | None = None,
) -> Collection:
    """Sorted by id. Whose vector is not told has one of its own, at right angles to all others."""
    rows = sorted(candidates, key=lambda one: one.candidate_id)
    told = vectors or {}
    own = np.eye(len(rows), max((len(one) for one in told.values()), default=len(rows)), dtype=np.float32)
    held = [np.array(told.get(one.candidate_id, own[row]), np.float32) for row, one in enumerate(rows)]
    return Collection(
        tuple(rows),
        tuple(sorted(clusters, key=lambda one: one.cluster_id)),
        np.stack(held),
        "hashing",
        homes or {},
    )


def candidate(
    candidate_id: str,
    text: str = "",
    *,
    sectors: tuple[str, ...] = (),
    regions: tuple[str, ...] = (),
    attributes: tuple[str, ...] = (),
) -> Candidate:
    text = text or f"text {candidate_id}"
    return Candidate(candidate_id, f"name {candidate_id}", text, sectors, regions, attributes)


def cluster(cluster_id: str, *core: str, around: tuple[str, ...] = (), home: str = "") -> MiniCluster:
    return MiniCluster(cluster_id, f"cluster {cluster_id}", home or cluster_id, core, around)


def positive(candidate_id: str, cluster_id: str, *, query: str = "older", split: Split = "train") -> Record:
    """A positive that somebody labelled before."""
    return Record(query, candidate_id, cluster_id, 3, "same_package", split, "model", "p")


def made(clusters: int = 25, queries: int = 3, seed: int = 1, copies: int = 0) -> Made:
    """Clusters far from each other; copies of members stand in the cluster next to theirs, of 0 in 1."""
    chance = np.random.default_rng(seed)
    centres = chance.normal(size=(clusters, WIDTH))
    numbers = np.repeat(np.arange(clusters), PER_CLUSTER).tolist()
    near = centres[numbers] + chance.normal(scale=0.4, size=(len(numbers), WIDTH))
    held = [_member(number, place % PER_CLUSTER) for place, number in enumerate(numbers)]
    places = {one.candidate_id: place for place, one in enumerate(held)}
    for copy in copies_of(clusters, copies):
        numbers.append(_neighbour(copy.of))
        held.append(_copied(held[places[copy.of]], copy))
        near = np.vstack([near, near[places[copy.of]] + chance.normal(scale=0.01, size=WIDTH)])
    collection = collection_of(
        held,
        [_cluster(number, held, numbers) for number in range(clusters)],
        vectors={one.candidate_id: vector for one, vector in zip(held, near.tolist(), strict=True)},
        homes={one.candidate_id: _platform(number) for one, number in zip(held, numbers, strict=True)},
    )
    asked = tuple(_query(number, place) for number in range(clusters) for place in range(queries))
    vectors = np.repeat(centres, queries, axis=0) + chance.normal(scale=0.1, size=(len(asked), WIDTH))
    return Made(collection, asked, vectors.astype(np.float32))


def copies_of(clusters: int, copies: int) -> list[Copy]:
    """Of members of the core, cluster after cluster."""
    of = [f"c{number % clusters:03}-{number // clusters:02}" for number in range(copies)]
    return [Copy(one, f"{one}-copy") for one in of if _neighbour(one) < clusters]


def settings_of(**said: object) -> RankingSettings:
    return RankingSettings.model_validate({"num_clusters": 25} | said)


def dataset_of(shop: Made, existing: tuple[Record, ...] = (), **said: object) -> Dataset:
    settings = settings_of(**said)
    clusters = drawn(shop.collection.clusters, settings.num_clusters, settings.seed)
    ids = {one.cluster_id for one in clusters}
    places = [place for place, query in enumerate(shop.queries) if query.cluster_id in ids]
    return assemble(
        shop.collection,
        clusters,
        [shop.queries[place] for place in places],
        shop.vectors[places],
        settings,
        source="graph",
        existing=existing,
        versions=("prompt: 1",),
    )


def negatives(dataset: Dataset) -> set[tuple[str, str]]:
    return {(one.cluster_id, one.candidate_id) for one in dataset.records if not one.label}


def _member(number: int, place: int) -> Candidate:
    return Candidate(
        f"c{number:03}-{place:02}",
        f"Deal {number}x{place}",
        f"inventory number{number} slot{place} size{number * PER_CLUSTER + place} for brand{number}",
        sectors=(SECTORS[number % len(SECTORS)],),
        regions=(REGIONS[number % len(REGIONS)],),
        attributes=(f"slot: {place}", f"brand: {number}"),
    )


def _copied(one: Candidate, copy: Copy) -> Candidate:
    """Every second one in other words. Its attributes are its own, so that no other guard sees it."""
    reworded = int(copy.of[1:4]) % 2
    return replace(
        one,
        candidate_id=copy.candidate_id,
        name=f"Again {one.name}",
        text=f"nothing that {copy.of} says" if reworded else f"{one.text}!",
        attributes=(f"seller: {copy.candidate_id}", "format: other", "audience: other"),
    )


def _neighbour(candidate_id: str) -> int:
    return int(candidate_id[1:4]) ^ 1


def _platform(number: int) -> str:
    return f"platform {number:03}"


def _cluster(number: int, held: Sequence[Candidate], numbers: Sequence[int]) -> MiniCluster:
    """Copies come last, so they are around."""
    members = [one.candidate_id for one, where in zip(held, numbers, strict=True) if where == number]
    core, around = tuple(members[:CORE]), tuple(members[CORE:])
    return MiniCluster(f"k{number:03}", f"Bundle {number}", _platform(number), core, around)


def _query(number: int, place: int) -> Query:
    words = ("where to buy", "looking for", "show me", "need some", "find cheap")[place % 5]
    return Query(f"k{number:03}", f"{words} topic{number} wish{number * 10 + place}", "model", f"p{place}")
