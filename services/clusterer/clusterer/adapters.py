"""Clusters as rows in Postgres, and k-means in another process."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg
import numpy as np

from clustering import Grouping, Vectors, group
from contracts.clusters import ClusterFormed, DealsClustered
from contracts.settings import ClusterSettings
from runtime import Cpu, RunKey, Transaction


class PostgresClusters:
    MADE_BY = """
    select cluster_id, revision from cluster
    where tenant = $1 and run_id = $2 and revision < $3 and cluster_id = any($4::uuid[])
    """

    INSERT = """
    insert into cluster (tenant, run_id, revision, cluster_id, deal_ids, deals)
    values ($1, $2, $3, $4, $5, $6) on conflict do nothing
    """

    INSERT_CLUSTERING = """
    insert into clustering
        (tenant, run_id, revision, clustering_key, clustering_sha256, clusters, failed, excluded)
    values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning true
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def made_by(self, run: RunKey, clusters: Sequence[UUID]) -> Mapping[UUID, int]:
        rows = await self.pool.fetch(self.MADE_BY, run.tenant, run.run_id, run.revision, clusters)
        return {row["cluster_id"]: row["revision"] for row in rows}

    async def save(self, tx: Transaction, formed: Sequence[ClusterFormed], manifest: DealsClustered) -> bool:
        run = (tx.run.tenant, tx.run.run_id, tx.run.revision)
        stored = manifest.clustering
        counts = (manifest.clusters, manifest.failed, manifest.excluded)
        row = (*run, stored.key, stored.sha256, *counts)
        if not await tx.connection.fetchval(self.INSERT_CLUSTERING, *row):
            return False
        rows = [(*run, one.cluster_id, one.deal_ids, one.deals.canonical().decode()) for one in formed]
        await tx.connection.executemany(self.INSERT, rows)
        return True


class ProcessGrouper:
    def __init__(self, cpu: Cpu) -> None:
        self.cpu = cpu

    async def group(self, vectors: Vectors, settings: ClusterSettings) -> Grouping:
        return await self.cpu.run(group, vectors, settings)

    async def warm_up(self) -> None:
        """Start the process and load its libraries, which takes seconds, before a run waits for it."""
        await self.cpu.run(group, np.zeros((0, 1), np.float32), ClusterSettings())
