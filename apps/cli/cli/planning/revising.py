"""What a revise of a run would find: which deals have changed since, and which clusters hold them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cli.connections import Connection, Store
from cli.manifests import named, read_manifest
from contracts.clusters import Clustering
from contracts.deal import Deal
from contracts.deals import Snapshot

SNAPSHOT = """
select snapshot_key as key, snapshot_sha256 as sha256 from read.frozen_v1
where tenant = $1 and run_id = $2 order by revision desc limit 1
"""

CLUSTERING = """
select clustering_key as key, clustering_sha256 as sha256 from read.clusterings_v1
where tenant = $1 and run_id = $2 order by revision desc limit 1
"""

CLUSTERS = """
select cluster_id::text, array_agg(item_id) as item_ids from read.cluster_deals_v1
where tenant = $1 and run_id = $2 and cluster_id::text = any($3::text[]) group by cluster_id
"""

NOW = """
select item_id, content_sha256 from read.items_v1
where tenant = $1 and kind = 'deal' and not withdrawn and ($2::text[] is null or item_id = any($2))
"""


@dataclass(frozen=True, slots=True)
class Changes:
    """Since the base was frozen. `touched`: sizes of the clusters that hold a changed or withdrawn deal."""

    new: int
    changed: int
    withdrawn: int
    clusters: int
    touched: tuple[int, ...]


async def changes(
    views: Connection, store: Store, tenant: str, run_id: str, wanted: list[str] | None
) -> Changes:
    before = await _frozen(views, store, tenant, run_id)
    now = {row["item_id"]: row["content_sha256"] for row in await views.fetch(NOW, tenant, wanted)}
    changed = {name for name in before.keys() & now.keys() if before[name] != now[name]}
    gone = before.keys() - now.keys()
    sizes = [
        (len(members), bool(members & (changed | gone)))
        for members in await _clusters(views, store, tenant, run_id)
    ]
    touched = tuple(size for size, holds_one in sizes if holds_one)
    return Changes(len(now.keys() - before.keys()), len(changed), len(gone), len(sizes), touched)


async def _frozen(views: Connection, store: Store, tenant: str, run_id: str) -> Mapping[str, str]:
    row = await views.fetchrow(SNAPSHOT, tenant, run_id)
    if row is None:
        return {}
    snapshot = await read_manifest(store, named(row), Snapshot)
    return {
        item_id: sha256
        for shard in snapshot.shards
        for item_id, sha256 in _contents(await store.get(shard.bodies.key))
    }


def _contents(bodies: bytes) -> Iterator[tuple[str, str]]:
    for line in bodies.splitlines():
        deal = Deal.read(line)
        yield deal.item_id, deal.content_sha256


async def _clusters(views: Connection, store: Store, tenant: str, run_id: str) -> list[set[str]]:
    row = await views.fetchrow(CLUSTERING, tenant, run_id)
    if row is None:
        return []
    clustering = await read_manifest(store, named(row), Clustering)
    ids = [str(entry.cluster_id) for entry in clustering.clusters]
    return [set(row["item_ids"]) for row in await views.fetch(CLUSTERS, tenant, run_id, ids)]
