"""From a frozen input to clusters with names that follow from what is in them."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from clustering import FrozenItems, Grouping, frozen_items
from contracts import derived_id
from contracts.clusters import SharedDeal
from contracts.deal import item_id
from contracts.settings import ClusterSettings
from contracts.unplaced import Unplaced

FrozenDeals = FrozenItems


@dataclass(frozen=True, slots=True)
class Cluster:
    cluster_id: UUID
    deal_ids: tuple[str, ...]
    bodies: bytes  # JSON lines, in the order of `deal_ids`
    home_ids: tuple[str, ...] = ()  # those that are at home here; the others are guests
    shared: tuple[SharedDeal, ...] = ()


def frozen_deals(shards: Iterable[tuple[bytes, bytes]]) -> FrozenDeals:
    """Put together bodies (JSON lines) and vectors (.npy) of each shard."""
    return frozen_items(shards, name_of)


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
