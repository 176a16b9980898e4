"""From a frozen input to clusters with names that follow from what is in them."""

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import numpy as np

from clustering import Grouping, Vectors
from contracts import WorkFailed, derived_id
from contracts.deal import item_id
from contracts.deals import Unplaced
from contracts.settings import ClusterSettings


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
    """The clusters, sorted by id."""
    clusters = [_cluster(deals, rows, settings) for rows in grouping.clusters]
    return sorted(clusters, key=lambda cluster: cluster.cluster_id)


def too_few(deals: FrozenDeals, grouping: Grouping, settings: ClusterSettings) -> tuple[Unplaced, ...]:
    words = (
        f"no cluster of {settings.min_cluster_size} to {settings.max_deals_per_cluster} deals has room for it"
    )
    return unplaced((deals.item_ids[row] for row in grouping.left), "too_few", words)


def unplaced(item_ids: Iterable[str], code: str, words: str) -> tuple[Unplaced, ...]:
    return tuple(Unplaced(item_id=item_id, code=code, words=words) for item_id in sorted(item_ids))


def by_item(*parts: Sequence[Unplaced]) -> tuple[Unplaced, ...]:
    return tuple(sorted((one for part in parts for one in part), key=lambda one: one.item_id))


def made_by(clusters: Iterable[UUID], earlier: Mapping[UUID, int], revision: int) -> dict[UUID, int]:
    """Which revision made each cluster: the first that had it."""
    return {cluster_id: earlier.get(cluster_id, revision) for cluster_id in sorted(clusters)}


def _cluster(deals: FrozenDeals, rows: Sequence[int], settings: ClusterSettings) -> Cluster:
    deal_ids = tuple(deals.item_ids[row] for row in rows)
    bodies = [deals.bodies[row] for row in rows]
    members = [
        f"{deal_id} {sha256(body).hexdigest()}" for deal_id, body in zip(deal_ids, bodies, strict=True)
    ]
    named = derived_id("cluster", *members, settings.canonical().decode())
    return Cluster(named, deal_ids, b"".join(body + b"\n" for body in bodies))


def _matrix(body: bytes) -> Vectors:
    try:
        matrix: Vectors = np.load(io.BytesIO(body), allow_pickle=False)
    except ValueError as error:
        raise WorkFailed("snapshot_damaged", f"the vectors cannot be read: {error}") from error
    return matrix


def _joined(vectors: Sequence[Vectors]) -> Vectors:
    return np.concatenate(vectors) if vectors else np.zeros((0, 1), np.float32)
