"""The world behind the packager's ports: language model, object store, Postgres."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
from pydantic import Field

from contracts import InvalidEvent, Reference
from contracts.clusters import ClusterFormed, Clustering
from contracts.deal import Deal
from contracts.packages import PackageEntry, Packaging, PackagingClosed
from llm import Answer, Budget, Call, LanguageModel, Question, load_prompts
from objects import ObjectDamaged, ObjectMissing, ObjectStore, get_content, put_content
from packager.domain import (
    EXCLUDED_NAME,
    EXCLUDED_REASONING,
    Exclusion,
    Packing,
    Plan,
    Proposal,
    complaints,
    shown,
)
from runtime import Member, RunKey, Transaction

PROMPTS: Final = Path(__file__).parent / "prompts"

INSERT_PACKAGE: Final = """
insert into package
    (tenant, run_id, revision, cluster_id, package_id, kind, package_name, deal_ids, reasoning, model)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict do nothing
"""

INSERT_EXCLUDED: Final = """
insert into excluded_deal (tenant, run_id, revision, cluster_id, package_id, item_id, code, words)
select $1, $2, $3, $4, $5, * from unnest($6::text[], $7::text[], $8::text[])
on conflict do nothing
"""

MADE: Final = """
select p.package_id, p.cluster_id, p.kind, p.revision
from package p
join unnest($3::uuid[], $4::int[]) as member (cluster_id, revision) using (cluster_id, revision)
where p.tenant = $1 and p.run_id = $2
order by p.package_id, p.cluster_id
"""

BEGIN: Final = """
insert into clustering (tenant, run_id, revision, reference) values ($1, $2, $3, $4)
on conflict do nothing
"""

CLUSTERING: Final = "select reference from clustering where (tenant, run_id, revision) = ($1, $2, $3)"

CLOSE: Final = """
insert into packaging
    (tenant, run_id, revision, packaging_key, packaging_sha256, packages, excluded_packages, failed_clusters)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict do nothing
"""


class ProposedPackage(Answer):
    package_name: str
    deal_ids: tuple[str, ...]
    reasoning: str


class ExcludedByModel(Answer):
    deal_id: str
    code: str
    words: str


class Proposals(Answer):
    """What the model has to answer."""

    packages: tuple[ProposedPackage, ...]
    excluded: tuple[ExcludedByModel, ...] = Field(default=())


class LlmPlanner:
    def __init__(self, model: LanguageModel, default_model: str, max_output_tokens: int) -> None:
        self.model = model
        self.default_model = default_model
        self.max_output_tokens = max_output_tokens
        self.prompts = load_prompts(PROMPTS, "propose_packages")

    async def propose(self, cluster: ClusterFormed, deals: Sequence[Deal]) -> Plan:
        answered = await self.model.ask(self._question(cluster, deals))
        return plan_of(answered.value, answered.model)

    def _question(self, cluster: ClusterFormed, deals: Sequence[Deal]) -> Question[Proposals]:
        settings = cluster.settings.packing
        return Question(
            prompt=self.prompts.of(settings.llm.prompt_version),
            answer=Proposals,
            call=_call(cluster, deals),
            model=settings.llm.model or self.default_model,
            values={"min_deals": str(settings.min_deals)},
            data={"deals": [shown(deal) for deal in deals]},
            check=lambda answer: complaints(plan_of(answer), cluster.deal_ids),
            temperature=settings.llm.temperature,
            max_output_tokens=self.max_output_tokens,
            timeout_seconds=settings.llm.timeout_seconds,
            sample=settings.llm.fresh,
            budget=_budget(cluster.budget_usd),
        )


@dataclass(frozen=True, slots=True)
class StoredDeals:
    store: ObjectStore

    async def read(self, bodies: Reference) -> Sequence[Deal]:
        return [Deal.read(line) for line in (await get_content(self.store, bodies)).splitlines()]


@dataclass(frozen=True, slots=True)
class StoredManifests:
    store: ObjectStore

    async def clustering(self, reference: Reference) -> Clustering:
        return Clustering.read(await get_content(self.store, reference))

    async def clustering_if_readable(self, reference: Reference) -> Clustering | None:
        try:
            return await self.clustering(reference)
        except (ObjectMissing, ObjectDamaged, InvalidEvent):
            return None

    async def keep(self, tenant: str, packaging: Packaging) -> Reference:
        body, count = packaging.canonical(), len(packaging.packages)
        return await put_content(self.store, f"{tenant}/manifests", body, count=count)


@dataclass(frozen=True, slots=True)
class PostgresPackages:
    pool: asyncpg.Pool

    async def save(self, tx: Transaction, cluster: ClusterFormed, packing: Packing) -> None:
        where = (*_run(tx.run), cluster.cluster_id)
        rows = [
            (*where, package.package_id, "package", package.name, package.item_ids, package.reasoning)
            for package in packing.packages
        ]
        if packing.excluded is not None:
            excluded_id = packing.excluded.package_id
            rows.append((*where, excluded_id, "excluded", EXCLUDED_NAME, (), EXCLUDED_REASONING))
            await self._save_excluded(tx, where, excluded_id, packing.excluded.exclusions)
        await tx.connection.executemany(INSERT_PACKAGE, [(*row, packing.model) for row in rows])

    async def made(self, run: RunKey, members: Sequence[Member[ClusterFormed]]) -> Sequence[PackageEntry]:
        clusters = [UUID(member.member_id) for member in members]
        revisions = [member.made_by for member in members]
        rows = await self.pool.fetch(MADE, run.tenant, run.run_id, clusters, revisions)
        return [PackageEntry(**dict(row)) for row in rows]

    async def _save_excluded(
        self, tx: Transaction, where: tuple[object, ...], package_id: UUID, exclusions: Sequence[Exclusion]
    ) -> None:
        await tx.connection.execute(
            INSERT_EXCLUDED,
            *where,
            package_id,
            [each.item_id for each in exclusions],
            [each.code for each in exclusions],
            [each.words for each in exclusions],
        )


@dataclass(frozen=True, slots=True)
class PostgresRuns:
    pool: asyncpg.Pool

    async def begin(self, tx: Transaction, clustering: Reference) -> None:
        await tx.connection.execute(BEGIN, *_run(tx.run), clustering.model_dump_json())

    async def clustering(self, run: RunKey) -> Reference:
        return Reference(**json.loads(await self.pool.fetchval(CLUSTERING, *_run(run))))

    async def close(self, tx: Transaction, closed: PackagingClosed) -> None:
        await tx.connection.execute(
            CLOSE,
            *_run(tx.run),
            closed.packaging.key,
            closed.packaging.sha256,
            closed.packages,
            closed.excluded_packages,
            closed.failed_clusters,
        )


def plan_of(answer: Proposals, model: str = "") -> Plan:
    return Plan(
        tuple(Proposal(each.package_name, each.deal_ids, each.reasoning) for each in answer.packages),
        tuple(Exclusion(each.deal_id, each.code, each.words) for each in answer.excluded),
        model,
    )


def _call(cluster: ClusterFormed, deals: Sequence[Deal]) -> Call:
    return Call(
        tenant=cluster.tenant,
        run_id=cluster.run_id,
        revision=cluster.revision,
        stage="packager",
        interaction_type="package_proposal",
        entity=cluster.entity,
        expected_ids=cluster.deal_ids,
        names=tuple(deal.name for deal in deals),
    )


def _budget(usd: float | None) -> Budget | None:
    return None if usd is None else Budget(Decimal(str(usd)))


def _run(run: RunKey) -> tuple[str, str, int]:
    return run.tenant, run.run_id, run.revision
