"""Clusters as rows in Postgres, and clustering in other processes."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg
import numpy as np

from clusterer.domain import Base, GivenUp, Partition, Stored
from clustering import Grouping, Vectors, cells, group, regroup
from contracts import Reference, canonical
from contracts.clusters import ClusterFormed, DealsClustered
from contracts.deals import ItemsFrozen
from contracts.settings import ClusterSettings
from runtime import Cpu, RunKey, Transaction

# Every cell of it is there, and its manifest was told.
BASE = """
select p.* from partition p join clustering using (tenant, run_id, revision)
where p.tenant = $1 and p.run_id = $2 and p.revision < $3 and p.code is null
  and p.cells = (
    select count(*) from cell c where (c.tenant, c.run_id, c.revision) = (p.tenant, p.run_id, p.revision)
  )
order by p.revision desc limit 1
"""

PARTITION = "select * from partition where (tenant, run_id, revision) = ($1, $2, $3)"

RESULTS = "select result from cell where (tenant, run_id, revision) = ($1, $2, $3) order by number"

INSERT_PARTITION = """
insert into partition (tenant, run_id, revision, frozen, cells, base_revision, changed_deals, code, words)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing returning true
"""

INSERT_CELL = """
insert into cell (tenant, run_id, revision, number, result, clusters, left_out)
values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning true
"""

MADE_BY = """
select cluster_id, revision from cluster
where tenant = $1 and run_id = $2 and revision < $3 and cluster_id = any($4::uuid[])
"""

INSERT_CLUSTER = """
insert into cluster (tenant, run_id, revision, cluster_id, deal_ids, deals)
values ($1, $2, $3, $4, $5, $6) on conflict do nothing
"""

INSERT_CLUSTERING = """
insert into clustering
    (tenant, run_id, revision, clustering_key, clustering_sha256, clusters, failed, excluded)
values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing
"""


class PostgresRows:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def base(self, run: RunKey) -> Base | None:
        row = await self.pool.fetchrow(BASE, *_key(run))
        if row is None:
            return None
        earlier = RunKey(run.tenant, run.run_id, row["revision"])
        return Base(_partition(row), tuple(await self.results(earlier)))

    async def begin(self, tx: Transaction, partition: Partition, untouched: Sequence[Stored]) -> bool:
        given_up = partition.given_up
        row = (
            *_key(tx.run),
            partition.frozen.canonical().decode(),
            partition.cells,
            partition.base_revision,
            partition.changed_deals,
            given_up.code if given_up else None,
            given_up.words if given_up else None,
        )
        if not await tx.connection.fetchval(INSERT_PARTITION, *row):
            return False
        await tx.connection.executemany(INSERT_CELL, [_cell(tx.run, cell) for cell in untouched])
        return True

    async def keep(self, tx: Transaction, cell: Stored, formed: Sequence[ClusterFormed]) -> bool:
        if not await tx.connection.fetchval(INSERT_CELL, *_cell(tx.run, cell)):
            return False
        key = _key(tx.run)
        rows = [(*key, one.cluster_id, one.deal_ids, one.deals.canonical().decode()) for one in formed]
        await tx.connection.executemany(INSERT_CLUSTER, rows)
        return True

    async def partition(self, run: RunKey) -> Partition:
        [row] = await self.pool.fetch(PARTITION, *_key(run))
        return _partition(row)

    async def results(self, run: RunKey) -> Sequence[Reference]:
        rows = await self.pool.fetch(RESULTS, *_key(run))
        return [Reference.read(_text(row["result"])) for row in rows]

    async def made_by(self, run: RunKey, clusters: Sequence[UUID]) -> Mapping[UUID, int]:
        rows = await self.pool.fetch(MADE_BY, *_key(run), clusters)
        return {row["cluster_id"]: row["revision"] for row in rows}

    async def close(self, tx: Transaction, manifest: DealsClustered) -> None:
        stored, counts = manifest.clustering, (manifest.clusters, manifest.failed, manifest.excluded)
        await tx.connection.execute(INSERT_CLUSTERING, *_key(tx.run), stored.key, stored.sha256, *counts)


class ProcessGrouper:
    def __init__(self, cpu: Cpu) -> None:
        self.cpu = cpu

    async def cells(self, vectors: Vectors, settings: ClusterSettings) -> list[list[int]]:
        return await self.cpu.run(cells, vectors, settings)

    async def group(self, vectors: Vectors, settings: ClusterSettings) -> Grouping:
        return await self.cpu.run(group, vectors, settings)

    async def regroup(
        self,
        vectors: Vectors,
        base: Sequence[Sequence[int]],
        homes: Sequence[int],
        moved: Sequence[int],
        settings: ClusterSettings,
    ) -> Grouping:
        return (await self.cpu.run(regroup, vectors, base, homes, moved, settings)).grouping

    async def warm_up(self) -> None:
        """Start the process and load its libraries, which takes seconds, before a run waits for it."""
        await self.cpu.run(group, np.zeros((0, 1), np.float32), ClusterSettings())


def _key(run: RunKey) -> tuple[str, str, int]:
    return run.tenant, run.run_id, run.revision


def _cell(run: RunKey, cell: Stored) -> tuple[object, ...]:
    return *_key(run), cell.number, cell.result.canonical().decode(), cell.clusters, cell.left


def _partition(row: asyncpg.Record) -> Partition:
    return Partition(
        frozen=ItemsFrozen.read(_text(row["frozen"])),
        cells=row["cells"],
        base_revision=row["base_revision"],
        changed_deals=row["changed_deals"],
        given_up=GivenUp(row["code"], row["words"]) if row["code"] else None,
    )


def _text(value: object) -> str:
    """jsonb comes decoded where the pool has a codec for it."""
    return value if isinstance(value, str) else canonical(value).decode()
