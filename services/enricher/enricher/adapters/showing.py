"""What other stages and the llm library show of their work, in views."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from contracts.runs import Cost
from enricher.domain import Answering
from llm import Ledger, reconcile
from objects import ObjectStore
from runtime import RunKey

COST: Final = """
select coalesce(sum(cost_usd), 0)::float8 as usd, coalesce(sum(calls), 0)::bigint as calls,
       coalesce(sum(stored_answers), 0)::bigint as stored_answers,
       coalesce(sum(unpriced_calls), 0)::bigint as unpriced_calls
from read.llm_cost_v1 where (tenant, run_id) = ($1, $2)
"""

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
        # A worker that died between a call's file and its row must not make the run look cheaper.
        await reconcile(self.store, Ledger(self.pool), run.tenant, run.run_id)
        [row] = await self.pool.fetch(COST, run.tenant, run.run_id)
        return Cost(**dict(row))


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
