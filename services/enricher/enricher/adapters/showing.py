"""What other stages and the llm library show of their work, in views."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from contracts.runs import Cost
from enricher.domain import Answering
from llm import Ledger, cost_of_run
from objects import ObjectStore
from runtime import RunKey

CLUSTERS: Final = """
select cluster_id, item_id from read.cluster_deals_v1
where tenant = $1 and run_id = $2 and cluster_id = any($3::uuid[]) order by cluster_id, item_id
"""

# A cluster that was packaged in several revisions counts as it was packaged last.
ANSWERING: Final = """
select coalesce(sum(deals), 0)::bigint as deals, coalesce(sum(named_ids), 0)::bigint as named_ids,
       coalesce(sum(invented_ids), 0)::bigint as invented_ids,
       coalesce(sum(forgotten_ids), 0)::bigint as forgotten_ids
from (
    select distinct on (cluster_id) * from read.packager_clusters_v1
    where tenant = $1 and run_id = $2 and revision <= $4 and cluster_id = any($3::uuid[])
    order by cluster_id, revision desc
) latest
"""


@dataclass(frozen=True, slots=True)
class PostgresCosts:
    pool: asyncpg.Pool
    store: ObjectStore

    async def of(self, run: RunKey) -> Cost:
        return await cost_of_run(Ledger(self.pool), self.store, run.tenant, run.run_id)


@dataclass(frozen=True, slots=True)
class PostgresFigures:
    pool: asyncpg.Pool

    async def clusters(self, run: RunKey, clusters: Sequence[UUID]) -> Sequence[Sequence[str]]:
        members: defaultdict[UUID, list[str]] = defaultdict(list)
        for row in await self._rows(CLUSTERS, run.tenant, run.run_id, clusters):
            members[row["cluster_id"]].append(row["item_id"])
        return [members[cluster_id] for cluster_id in sorted(members)]

    async def answering(self, run: RunKey, clusters: Sequence[UUID]) -> Answering | None:
        found = await self._rows(ANSWERING, run.tenant, run.run_id, clusters, run.revision)
        return next((Answering(**dict(row)) for row in found if row["deals"]), None)

    async def _rows(self, query: str, *values: object) -> list[asyncpg.Record]:
        try:
            return list(await self.pool.fetch(query, *values))
        except asyncpg.UndefinedTableError:  # that service has never been started here
            return []
