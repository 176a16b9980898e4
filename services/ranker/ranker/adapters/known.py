"""What is known of runs of packages, as rows."""

from collections.abc import Sequence
from typing import Final

import asyncpg

from contracts import Reference
from contracts.clusters import ClusterFormed
from contracts.packages import PackageEnriched
from contracts.runs import RunFinished
from ranker.domain.ground import GroundCluster, GroundPackage
from runtime import RunKey, Transaction

KEEP_CLUSTER: Final = """
insert into known_cluster (tenant, run_id, cluster_id, revision, deal_ids, guests)
values ($1, $2, $3, $4, $5, $6) on conflict do nothing
"""

KEEP_PACKAGE: Final = """
insert into known_package (tenant, run_id, package_id, revision, cluster_id, name, deal_ids)
values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing
"""

KEEP_RUN: Final = """
insert into known_run (tenant, run_id, revision, outcome) values ($1, $2, $3, $4) on conflict do nothing
"""

OUTCOME: Final = "select outcome from known_run where (tenant, run_id, revision) = ($1, $2, $3)"

# A revision keeps what did not change: then an earlier one has told of it.
CLUSTERS: Final = """
select distinct on (cluster_id) cluster_id::text, deal_ids, guests from known_cluster
where (tenant, run_id) = ($1, $2) and revision <= $3 and cluster_id = any($4::uuid[])
order by cluster_id, revision desc
"""

PACKAGES: Final = """
select distinct on (package_id) package_id::text, cluster_id::text, name, deal_ids from known_package
where (tenant, run_id) = ($1, $2) and revision <= $3 and package_id = any($4::uuid[])
order by package_id, revision desc
"""


class PostgresKnown:
    """Batches write their rows in one order, so that they take turns."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def keep_clusters(self, tx: Transaction, formed: Sequence[ClusterFormed]) -> None:
        rows = [
            (one.tenant, one.run_id, one.cluster_id, one.revision, one.deal_ids, _guests(one))
            for one in sorted(formed, key=lambda one: (one.key, one.revision))
        ]
        await tx.connection.executemany(KEEP_CLUSTER, rows)

    async def keep_packages(self, tx: Transaction, enriched: Sequence[PackageEnriched]) -> None:
        rows = [
            (
                one.tenant,
                one.run_id,
                one.package_id,
                one.revision,
                one.cluster_id,
                one.package_name,
                one.deal_ids,
            )
            for one in sorted(enriched, key=lambda one: (one.key, one.revision))
        ]
        await tx.connection.executemany(KEEP_PACKAGE, rows)

    async def keep_runs(self, tx: Transaction, finished: Sequence[RunFinished]) -> None:
        rows = [
            (one.tenant, one.run_id, one.revision, one.outcome.canonical().decode())
            for one in finished
            if one.outcome is not None
        ]
        await tx.connection.executemany(KEEP_RUN, sorted(rows))

    async def outcome(self, run: RunKey) -> Reference | None:
        found = await self.pool.fetchval(OUTCOME, run.tenant, run.run_id, run.revision)
        return None if found is None else Reference.read(found)

    async def clusters(self, run: RunKey, cluster_ids: Sequence[str]) -> Sequence[GroundCluster]:
        rows = await self.pool.fetch(CLUSTERS, run.tenant, run.run_id, run.revision, cluster_ids)
        return [
            GroundCluster(
                cluster_id=row["cluster_id"], deal_ids=tuple(row["deal_ids"]), guests=tuple(row["guests"])
            )
            for row in rows
        ]

    async def packages(self, run: RunKey, package_ids: Sequence[str]) -> Sequence[GroundPackage]:
        rows = await self.pool.fetch(PACKAGES, run.tenant, run.run_id, run.revision, package_ids)
        return [
            GroundPackage(
                package_id=row["package_id"],
                cluster_id=row["cluster_id"],
                name=row["name"],
                deal_ids=tuple(row["deal_ids"]),
            )
            for row in rows
        ]


def _guests(formed: ClusterFormed) -> list[str]:
    return [one.item_id for one in formed.shared if one.home != formed.cluster_id]
