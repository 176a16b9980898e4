"""Excluded packages: as they were proposed, and as they were described."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg
from asyncpg import Record

from contracts import Reference, loads
from contracts.packages import Aggregates
from enricher.domain import Excluded
from runtime import RunKey, Transaction

EXCLUDED: Final = """
select p.* from proposal p
join unnest($3::uuid[], $4::int[]) as wanted (package_id, revision) using (package_id, revision)
where p.tenant = $1 and p.run_id = $2 and p.kind = 'excluded' and p.deals is not null
order by p.package_id
"""

INSERT: Final = """
insert into backfilled (tenant, run_id, revision, package_id, cluster_id, package_name, excluded, aggregates)
select $1, $2, $3, $4, $5, $6, p.excluded, $7
from proposal p where p.tenant = $1 and p.run_id = $2 and p.package_id = $4 and p.revision <= $3
order by p.revision desc limit 1
on conflict do nothing
"""


@dataclass(frozen=True, slots=True)
class PostgresBackfills:
    pool: asyncpg.Pool

    async def excluded(self, run: RunKey, made_by: Mapping[UUID, int]) -> Sequence[Excluded]:
        names = (list(made_by), list(made_by.values()))
        return [_excluded(row) for row in await self.pool.fetch(EXCLUDED, run.tenant, run.run_id, *names)]

    async def save(self, tx: Transaction, described: Sequence[tuple[Excluded, Aggregates]]) -> None:
        run = (tx.run.tenant, tx.run.run_id, tx.run.revision)
        rows = [
            (*run, one.package_id, one.cluster_id, one.package_name, aggregates.canonical().decode())
            for one, aggregates in described
        ]
        await tx.connection.executemany(INSERT, rows)


def _excluded(row: Record) -> Excluded:
    return Excluded(
        package_id=row["package_id"],
        cluster_id=row["cluster_id"],
        package_name=row["package_name"],
        item_ids=tuple(sorted(each["item_id"] for each in loads(row["excluded"]))),
        deals=Reference.read(row["deals"]),
        currency=row["currency"],
    )
