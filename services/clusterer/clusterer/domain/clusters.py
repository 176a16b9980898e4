"""From a frozen input to clusters with names that follow from what is in them."""

import io
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import numpy as np

from clustering import Grouping, Vectors
from contracts import WorkFailed, derived_id
from contracts.clusters import SharedDeal
from contracts.deal import item_id
from contracts.settings import ClusterSettings
from contracts.unplaced import Unplaced


@dataclass(frozen=True, slots=True)
class FrozenDeals:
    """A run's input in the order of the item ids, whatever the order of its shards."""

    item_ids: tuple[str, ...]
    bodies: tuple[bytes, ...]
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class Cluster:
    cluster_id: UUID
    deal_ids: tuple[str, ...]
    bodies: bytes  # JSON lines, in the order of `deal_ids`
    home_ids: tuple[str, ...] = ()  # those that are at home here; the others are guests
    shared: tuple[SharedDeal, ...] = ()


def frozen_deals(shards: Iterable[tuple[bytes, bytes]]) -> FrozenDeals:
    """Put together bodies (JSON lines) and vectors (.npy) of each shard."""
    bodies: list[bytes] = []
    vectors: list[Vectors] = []
    for lines, matrix in shards:
        some = lines.splitlines()
        rows = _matrix(matrix)
        if len(rows) != len(some):
            raise WorkFailed("snapshot_damaged", f"a shard has {len(some)} deals and {len(rows)} vectors")
        bodies += some
        vectors.append(rows)
    names = [name_of(body) for body in bodies]
    order = sorted(range(len(names)), key=names.__getitem__)
    return FrozenDeals(
        tuple(names[at] for at in order), tuple(bodies[at] for at in order), _joined(vectors)[order]
    )


def name_of(body: bytes) -> str:
    deal = json.loads(body)
    return item_id(deal["origin"], deal["id"])


def form(deals: FrozenDeals, grouping: Grouping, settings: ClusterSettings) -> list[Cluster]:
    """The clusters, sorted by id. Two with the same members are one."""
    named = [_name(deals, rows, settings) for rows in grouping.clusters]
    forming = _Forming(deals, grouping, named)
    clusters = {cluster_id: forming.cluster(place) for place, cluster_id in enumerate(named)}
    return [clusters[cluster_id] for cluster_id in sorted(clusters)]


def too_few(item_ids: Iterable[str], settings: ClusterSettings) -> tuple[Unplaced, ...]:
    words = (
        f"no cluster of {settings.min_cluster_size} to {settings.max_deals_per_cluster} deals has room for it"
    )
    return unplaced(item_ids, "too_few", words)


def unplaced(item_ids: Iterable[str], code: str, words: str) -> tuple[Unplaced, ...]:
    return tuple(Unplaced(item_id=item_id, code=code, words=words) for item_id in sorted(item_ids))


def by_item(*parts: Sequence[Unplaced]) -> tuple[Unplaced, ...]:
    return tuple(sorted((one for part in parts for one in part), key=lambda one: one.item_id))


def _name(deals: FrozenDeals, rows: Sequence[int], settings: ClusterSettings) -> UUID:
    members = [f"{deals.item_ids[row]} {sha256(deals.bodies[row]).hexdigest()}" for row in rows]
    return derived_id("cluster", *members, settings.canonical().decode())


class _Forming:
    def __init__(self, deals: FrozenDeals, grouping: Grouping, named: Sequence[UUID]) -> None:
        self.deals = deals
        self.grouping = grouping
        self.named = named
        self.clusters_of: defaultdict[int, set[UUID]] = defaultdict(set)
        for cluster_id, rows in zip(named, grouping.clusters, strict=True):
            for row in rows:
                self.clusters_of[row].add(cluster_id)

    def cluster(self, place: int) -> Cluster:
        rows, here = self.grouping.clusters[place], self.named[place]
        return Cluster(
            cluster_id=here,
            deal_ids=tuple(self.deals.item_ids[row] for row in rows),
            bodies=b"".join(self.deals.bodies[row] + b"\n" for row in rows),
            home_ids=tuple(self.deals.item_ids[row] for row in rows if self._home(row) == here),
            shared=tuple(self._shared(row, here) for row in rows if len(self.clusters_of[row]) > 1),
        )

    def _home(self, row: int) -> UUID:
        return self.named[self.grouping.home[row]]

    def _shared(self, row: int, here: UUID) -> SharedDeal:
        others = tuple(sorted(self.clusters_of[row] - {here}))
        return SharedDeal(item_id=self.deals.item_ids[row], home=self._home(row), others=others)


def _matrix(body: bytes) -> Vectors:
    try:
        matrix: Vectors = np.load(io.BytesIO(body), allow_pickle=False)
    except ValueError as error:
        raise WorkFailed("snapshot_damaged", f"the vectors cannot be read: {error}") from error
    return matrix


def _joined(vectors: Sequence[Vectors]) -> Vectors:
    return np.concatenate(vectors) if vectors else np.zeros((0, 1), np.float32)
