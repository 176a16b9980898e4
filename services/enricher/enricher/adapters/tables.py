"""Packages and runs as rows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg
from asyncpg import Record

from contracts import Reference, canonical
from contracts.packages import Advice, Aggregates, PackageEnriched, PackageProposed
from contracts.runs import RunFinished
from contracts.unplaced import Unplaced
from enricher.domain import Enrichment, Offering, Proposed, exclusions_of
from runtime import Member, RunKey, Transaction

INSERT_PROPOSAL: Final = """
insert into proposal
    (tenant, run_id, revision, package_id, cluster_id, kind, deal_ids, excluded, package_name, deals,
     currency)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
on conflict do nothing returning true
"""

INSERT_ENRICHED: Final = """
insert into enriched
    (tenant, run_id, revision, package_id, cluster_id, package_name, deal_ids, reasoning,
     aggregates, advice, model, prompt_version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict do nothing
"""

PROPOSED: Final = """
select p.package_id, p.deal_ids, p.excluded
from proposal p
join unnest($3::uuid[], $4::int[]) as member (package_id, revision) using (package_id, revision)
where p.tenant = $1 and p.run_id = $2
order by p.package_id
"""

BEGIN: Final = """
insert into packaging (tenant, run_id, revision, reference) values ($1, $2, $3, $4)
on conflict do nothing
"""

PACKAGING: Final = "select reference from packaging where (tenant, run_id, revision) = ($1, $2, $3)"

FINISH: Final = """
insert into outcome
    (tenant, run_id, revision, status, counts, cost, outcome_key, outcome_sha256, words, quality)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict do nothing
"""

ENRICHED: Final = """
select e.* from enriched e
join unnest($3::uuid[], $4::int[]) as wanted (package_id, revision) using (package_id, revision)
where e.tenant = $1 and e.run_id = $2
order by e.package_id
"""

BEFORE: Final = """
select max(revision) from offering where tenant = $1 and run_id = $2 and revision < $3
"""

OFFERED: Final = """
select o.package_id, e.deal_ids from offered o
join enriched e
    on (e.tenant, e.run_id, e.package_id, e.revision) = (o.tenant, o.run_id, o.package_id, o.made_by)
where (o.tenant, o.run_id, o.revision) = ($1, $2, $3)
"""

INSERT_OFFERING: Final = (
    "insert into offering (tenant, run_id, revision) values ($1, $2, $3) on conflict do nothing"
)

INSERT_OFFERED: Final = """
insert into offered (tenant, run_id, revision, package_id, made_by)
select $1, $2, $3, * from unnest($4::uuid[], $5::int[]) on conflict do nothing
"""


@dataclass(frozen=True, slots=True)
class PostgresPackages:
    pool: asyncpg.Pool

    async def save(self, tx: Transaction, package: PackageProposed, enrichment: Enrichment | None) -> bool:
        where = (*_run(tx.run), package.package_id, package.cluster_id)
        exclusions = canonical([each.model_dump() for each in exclusions_of(package)]).decode()
        row = (*where, package.kind, package.deal_ids, exclusions, package.package_name)
        deals = package.deals.canonical().decode()
        if not await tx.connection.fetchval(INSERT_PROPOSAL, *row, deals, package.settings.currency):
            return False
        if enrichment is not None:
            await tx.connection.execute(
                INSERT_ENRICHED,
                *where,
                package.package_name,
                package.deal_ids,
                package.reasoning,
                enrichment.aggregates.canonical().decode(),
                enrichment.advice.canonical().decode(),
                enrichment.model,
                enrichment.prompt_version,
            )
        return True

    async def proposed(self, run: RunKey, members: Sequence[Member[PackageProposed]]) -> Sequence[Proposed]:
        packages = [UUID(member.member_id) for member in members]
        revisions = [member.made_by for member in members]
        rows = await self.pool.fetch(PROPOSED, run.tenant, run.run_id, packages, revisions)
        return [_proposed(row) for row in rows]

    async def enriched(self, run: RunKey, made_by: Mapping[UUID, int]) -> Sequence[PackageEnriched]:
        rows = await self.pool.fetch(ENRICHED, run.tenant, run.run_id, list(made_by), list(made_by.values()))
        return [_enriched(row) for row in rows]

    async def offered_before(self, run: RunKey) -> Mapping[UUID, tuple[str, ...]] | None:
        revision = await self.pool.fetchval(BEFORE, *_run(run))
        if revision is None:
            return None
        rows = await self.pool.fetch(OFFERED, run.tenant, run.run_id, revision)
        return {row["package_id"]: tuple(row["deal_ids"]) for row in rows}


@dataclass(frozen=True, slots=True)
class PostgresRuns:
    pool: asyncpg.Pool

    async def begin(self, tx: Transaction, packaging: Reference) -> None:
        await tx.connection.execute(BEGIN, *_run(tx.run), packaging.model_dump_json())

    async def packaging(self, run: RunKey) -> Reference | None:
        found = await self.pool.fetchval(PACKAGING, *_run(run))
        return None if found is None else Reference(**json.loads(found))

    async def finish(self, tx: Transaction, finished: RunFinished, offering: Offering | None) -> None:
        await tx.connection.execute(
            FINISH,
            *_run(tx.run),
            finished.status,
            finished.counts.canonical().decode(),
            finished.cost.canonical().decode(),
            finished.outcome.key if finished.outcome else None,
            finished.outcome.sha256 if finished.outcome else None,
            finished.words,
            finished.quality.canonical().decode() if finished.quality else None,
        )
        if offering is not None:
            await tx.connection.execute(INSERT_OFFERING, *_run(tx.run))
            now = offering.now
            await tx.connection.execute(INSERT_OFFERED, *_run(tx.run), list(now), list(now.values()))


def _proposed(row: Record) -> Proposed:
    exclusions = tuple(Unplaced(**each) for each in json.loads(row["excluded"]))
    return Proposed(row["package_id"], tuple(row["deal_ids"]), exclusions)


def _enriched(row: Record) -> PackageEnriched:
    return PackageEnriched(
        tenant=row["tenant"],
        run_id=row["run_id"],
        revision=row["revision"],
        package_id=row["package_id"],
        cluster_id=row["cluster_id"],
        package_name=row["package_name"],
        deal_ids=tuple(row["deal_ids"]),
        reasoning=row["reasoning"],
        aggregates=Aggregates.read(row["aggregates"]),
        advice=Advice.read(row["advice"]),
        model=row["model"],
        prompt_version=row["prompt_version"],
    )


def _run(run: RunKey) -> tuple[str, str, int]:
    return run.tenant, run.run_id, run.revision
