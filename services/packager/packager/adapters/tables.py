"""What was packed, in Postgres."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from contracts import Reference
from contracts.clusters import ClusterFormed, Clustering, DealsClustered
from contracts.deal import item_id
from contracts.packages import ExcludedDeal, PackageEntry, PackageProposed, PackagingClosed
from contracts.settings import EnrichmentSettings
from packager.adapters import sql
from packager.domain import Begun, Exclusion, Known, Packing, proposed, told
from runtime import Member, RunKey, Transaction


@dataclass(frozen=True, slots=True)
class PostgresPackages:
    pool: asyncpg.Pool

    async def known(self, cluster: ClusterFormed, package_ids: Sequence[UUID]) -> Known:
        where = (cluster.tenant, cluster.run_id, cluster.revision, cluster.cluster_id)
        rows = await self.pool.fetch(sql.KNOWN, *where, list(package_ids))
        return {row["package_id"]: frozenset(row["clusters"]) for row in rows}

    async def save(self, tx: Transaction, cluster: ClusterFormed, packing: Packing) -> None:
        await self._save(tx, proposed(cluster, packing))
        await self._save_excluded(tx, cluster, packing)
        where = (*_run(tx.run), cluster.cluster_id)
        links = [(*where, package.package_id, "package") for package in packing.packages]
        if packing.excluded is not None:
            links.append((*where, packing.excluded.package_id, "excluded"))
        await tx.connection.executemany(sql.INSERT_LINK, links)
        await tx.connection.execute(sql.INSERT_PACKED, *where, *_tally(packing))

    async def made(self, run: RunKey, members: Sequence[Member[ClusterFormed]]) -> Sequence[PackageEntry]:
        clusters = [UUID(member.member_id) for member in members]
        revisions = [member.made_by for member in members]
        rows = await self.pool.fetch(sql.MADE, *_run(run), clusters, revisions)
        return [PackageEntry(**dict(row)) for row in rows]

    async def again(
        self, run: RunKey, entries: Sequence[PackageEntry], begun: Begun
    ) -> Sequence[PackageProposed]:
        clusters = {entry.package_id: entry.cluster_id for entry in entries}
        which = [entry.package_id for entry in entries], [entry.revision for entry in entries]
        rows = await self.pool.fetch(sql.TO_PROPOSE_AGAIN, run.tenant, run.run_id, *which)
        excluded = _by_package(await self.pool.fetch(sql.EXCLUDED_OF, run.tenant, run.run_id, *which))
        return [
            _proposal(run, row, clusters[row["package_id"]], begun, told(excluded[row["package_id"]]))
            for row in rows
        ]

    async def save_again(self, tx: Transaction, packages: Sequence[PackageProposed]) -> None:
        await self._save(tx, packages)
        for package in packages:
            if package.kind == "excluded":
                exclusions = [
                    Exclusion(item_id(each.origin, each.deal_id), each.code, each.words)
                    for each in package.excluded
                ]
                await self._exclude(tx, package.cluster_id, package.package_id, exclusions)

    async def _save(self, tx: Transaction, packages: Sequence[PackageProposed]) -> None:
        await tx.connection.executemany(sql.INSERT_PACKAGE, [_row(tx.run, package) for package in packages])

    async def _save_excluded(self, tx: Transaction, cluster: ClusterFormed, packing: Packing) -> None:
        if packing.excluded is not None:
            excluded = packing.excluded
            await self._exclude(tx, cluster.cluster_id, excluded.package_id, excluded.exclusions)

    async def _exclude(
        self, tx: Transaction, cluster_id: UUID, package_id: UUID, exclusions: Sequence[Exclusion]
    ) -> None:
        await tx.connection.execute(
            sql.INSERT_EXCLUDED,
            *_run(tx.run),
            cluster_id,
            package_id,
            [each.item_id for each in exclusions],
            [each.code for each in exclusions],
            [each.words for each in exclusions],
        )


@dataclass(frozen=True, slots=True)
class PostgresRuns:
    pool: asyncpg.Pool

    async def begin(self, tx: Transaction, event: DealsClustered, clustering: Clustering) -> None:
        await tx.connection.execute(
            sql.BEGIN,
            *_run(tx.run),
            event.clustering.model_dump_json(),
            [entry.cluster_id for entry in clustering.clusters],
            event.redo,
            event.settings.enrichment.model_dump_json(),
            event.budget_usd,
        )

    async def begun(self, run: RunKey) -> Begun:
        [row] = await self.pool.fetch(sql.BEGUN, *_run(run))
        return Begun(
            clustering=Reference(**json.loads(row["reference"])),
            redo=row["redo"],
            enrichment=EnrichmentSettings.model_validate_json(row["enrichment"] or "{}"),
            budget_usd=row["budget_usd"],
        )

    async def close(self, tx: Transaction, closed: PackagingClosed) -> None:
        await tx.connection.execute(
            sql.CLOSE,
            *_run(tx.run),
            closed.packaging.key,
            closed.packaging.sha256,
            closed.packages,
            closed.excluded_packages,
            closed.failed_clusters,
        )


def _row(run: RunKey, package: PackageProposed) -> tuple[object, ...]:
    return (
        *_run(run),
        package.cluster_id,
        package.package_id,
        package.kind,
        package.package_name,
        package.deal_ids,
        package.reasoning,
        package.model,
        package.prompt_version,
        package.deals.model_dump_json(),
    )


def _tally(packing: Packing) -> tuple[object, ...]:
    tally = packing.tally
    return (
        tally.deals,
        tally.named_ids,
        tally.invented_ids,
        tally.forgotten_ids,
        len(packing.packages),
        tally.dropped_members,
        tally.repaired,
        packing.model,
        packing.prompt_version,
    )


def _proposal(
    run: RunKey, row: asyncpg.Record, cluster_id: UUID, begun: Begun, excluded: tuple[ExcludedDeal, ...]
) -> PackageProposed:
    return PackageProposed(
        tenant=run.tenant,
        run_id=run.run_id,
        revision=run.revision,
        package_id=row["package_id"],
        cluster_id=cluster_id,
        kind=row["kind"],
        package_name=row["package_name"],
        deal_ids=tuple(row["deal_ids"]),
        excluded=excluded,
        reasoning=row["reasoning"],
        deals=Reference(**json.loads(row["deals"])),
        model=row["model"],
        prompt_version=row["prompt_version"],
        settings=begun.enrichment,
        budget_usd=begun.budget_usd,
    )


def _by_package(rows: Sequence[asyncpg.Record]) -> defaultdict[UUID, list[Exclusion]]:
    found: defaultdict[UUID, list[Exclusion]] = defaultdict(list)
    for row in rows:
        found[row["package_id"]].append(Exclusion(row["item_id"], row["code"], row["words"]))
    return found


def _run(run: RunKey) -> tuple[str, str, int]:
    return run.tenant, run.run_id, run.revision
