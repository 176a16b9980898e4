"""Train, dev and test: what belongs together is never divided."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from networkx.utils import UnionFind

from contracts.ranking import Split, SplitShares
from ranking.candidate import Collection
from ranking.drawing import lot
from ranking.likeness import Likeness
from ranking.record import Record

SPLITS: Final[tuple[Split, ...]] = get_args(Split)


@dataclass(frozen=True, slots=True)
class Splits:
    """`largest`: candidates of the largest component. `torn`: components that existing records divide."""

    by_candidate: Mapping[str, Split]
    by_cluster: Mapping[str, Split]
    components: int
    largest: int
    torn: int = 0

    def split_of(self, candidate_id: str) -> Split:
        return self.by_candidate[candidate_id]

    def split_of_cluster(self, cluster_id: str) -> Split:
        return self.by_cluster[cluster_id]


@dataclass(frozen=True, slots=True)
class Component:
    """What is linked by a home or by being near duplicates."""

    name: str
    candidates: tuple[str, ...]
    clusters: tuple[str, ...]
    drawn: int  # of its clusters
    said: tuple[Split, ...]  # by existing records, the most frequent first


def split(
    collection: Collection,
    likeness: Likeness,
    shares: SplitShares,
    seed: int,
    drawn: frozenset[str] = frozenset(),
    *,
    existing: Sequence[Record] = (),
) -> Splits:
    """Components with drawn clusters share out the clusters, the others the candidates.

    A component that existing records touch goes where most of them are.
    """
    components = _components(collection, likeness, drawn, existing)
    components.sort(key=lambda one: lot(seed, one.name))
    asked = [one for one in components if one.drawn]
    rest = [one for one in components if not one.drawn]
    placed = [
        *_shared_out(asked, lambda one: one.drawn, shares),
        *_shared_out(rest, lambda one: len(one.candidates), shares),
    ]
    return Splits(
        {candidate_id: split for one, split in placed for candidate_id in one.candidates},
        {cluster_id: split for one, split in placed for cluster_id in one.clusters},
        components=len(components),
        largest=max((len(one.candidates) for one in components), default=0),
        torn=sum(len(one.said) > 1 for one in components),
    )


def _shared_out(
    components: Sequence[Component], weigh: Callable[[Component], int], shares: SplitShares
) -> Iterable[tuple[Component, Split]]:
    """Each to the split that is furthest below its share; the last ones to those that would stay empty."""
    goals = {name: getattr(shares, name) * sum(map(weigh, components)) for name in SPLITS}
    wanted = [name for name in SPLITS if goals[name]]
    held: Counter[Split] = Counter()
    free = [one for one in components if not one.said]
    for one in components:
        if one.said:
            held[one.said[0]] += weigh(one)
            yield one, one.said[0]
    for left, one in zip(range(len(free), 0, -1), free, strict=True):
        empty = [name for name in wanted if name not in held]
        few = len(components) >= len(wanted) and left <= len(empty)
        place = max(empty if few else wanted or SPLITS, key=lambda name: goals[name] - held[name])
        held[place] += weigh(one)
        yield one, place


def _components(
    collection: Collection, likeness: Likeness, drawn: frozenset[str], existing: Sequence[Record]
) -> list[Component]:
    linked = _linked(collection, likeness)
    said: dict[str, Counter[Split]] = {}
    for record in existing:
        for node in _touched(collection, record):
            said.setdefault(linked[node], Counter())[record.split] += 1
    clusters: dict[str, list[str]] = {}
    for cluster in collection.clusters:
        clusters.setdefault(linked[_home(cluster.home)], []).append(cluster.cluster_id)
    candidates: dict[str, list[str]] = {}
    for candidate_id in collection.rows:
        candidates.setdefault(linked[_candidate(candidate_id)], []).append(candidate_id)
    return [
        Component(
            name,
            tuple(candidates.get(name, ())),
            tuple(clusters.get(name, ())),
            sum(cluster_id in drawn for cluster_id in clusters.get(name, ())),
            _by_frequency(said.get(name, Counter())),
        )
        for name in sorted(set(linked.values()))
    ]


def _linked(collection: Collection, likeness: Likeness) -> dict[str, str]:
    """The smallest node that each is linked to. No graph is kept: copies of a text have millions of edges."""
    nodes = [_candidate(one.candidate_id) for one in collection.candidates]
    union = UnionFind([*nodes, *(_home(cluster.home) for cluster in collection.clusters)])
    for candidate_id in collection.rows:
        if candidate_id in collection.homes:
            union.union(_candidate(candidate_id), _home(collection.homes[candidate_id]))
    for row, node in enumerate(nodes):
        union.union(node, *(nodes[other] for other in likeness.duplicates[row] if other > row))
    return {node: min(together) for together in union.to_sets() for node in together}


def _touched(collection: Collection, record: Record) -> Iterable[str]:
    if record.candidate_id in collection.rows:
        yield _candidate(record.candidate_id)
    if record.cluster_id in collection.by_id:
        yield _home(collection.by_id[record.cluster_id].home)


def _by_frequency(said: Counter[Split]) -> tuple[Split, ...]:
    return tuple(sorted(said, key=lambda name: (-said[name], SPLITS.index(name))))


def _candidate(candidate_id: str) -> str:
    return f"candidate {candidate_id}"


def _home(home: str) -> str:
    return f"home {home}"
