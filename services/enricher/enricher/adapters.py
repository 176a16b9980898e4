"""The world behind the enricher's ports: language model, object store, Postgres."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import asyncpg
from asyncpg import Record
from pydantic import Field

from contracts import InvalidEvent, Reference, canonical, loads
from contracts.clusters import Clustering
from contracts.deal import Deal, item_id
from contracts.deals import Snapshot, Unplaced
from contracts.packages import Advice, Aggregates, Outcome, PackageProposed, Packaging
from contracts.runs import Cost, RunFinished
from enricher.domain import Enrichment, Lost, Proposed, RunManifests, exclusions_of, shown
from llm import Answer, Budget, Call, LanguageModel, Ledger, Question, load_prompt, reconcile
from objects import ObjectDamaged, ObjectMissing, ObjectStore, get_content, put_content
from runtime import Member, RunKey, Transaction

PROMPT: Final = Path(__file__).parent / "prompts" / "enrich_package.md"

INSERT_PROPOSAL: Final = """
insert into proposal (tenant, run_id, revision, package_id, cluster_id, kind, deal_ids, excluded)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict do nothing
"""

INSERT_ENRICHED: Final = """
insert into enriched
    (tenant, run_id, revision, package_id, cluster_id, package_name, deal_ids, reasoning,
     aggregates, advice, model)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
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
insert into outcome (tenant, run_id, revision, status, counts, cost, outcome_key, outcome_sha256, words)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict do nothing
"""

COST: Final = """
select coalesce(sum(cost_usd), 0)::float8 as usd, coalesce(sum(calls), 0)::bigint as calls,
       coalesce(sum(stored_answers), 0)::bigint as stored_answers,
       coalesce(sum(unpriced_calls), 0)::bigint as unpriced_calls
from read.llm_cost_v1 where (tenant, run_id) = ($1, $2)
"""

Sentence = Annotated[str, Field(min_length=1, max_length=500)]


class AdviceAnswer(Answer):
    """What the model has to answer."""

    description: str = Field(min_length=1, max_length=2000)
    verticals: tuple[Sentence, ...] = Field(min_length=1, max_length=8)
    use_cases: tuple[Sentence, ...] = Field(min_length=1, max_length=8)
    recommendations: tuple[Sentence, ...] = Field(min_length=1, max_length=8)


class LlmAdvisor:
    def __init__(self, model: LanguageModel, default_model: str, max_output_tokens: int) -> None:
        self.model = model
        self.default_model = default_model
        self.max_output_tokens = max_output_tokens
        self.prompt = load_prompt(PROMPT)

    async def advise(
        self, package: PackageProposed, deals: Sequence[Deal], aggregates: Aggregates
    ) -> Enrichment:
        answered = await self.model.ask(self._question(package, deals, aggregates))
        advice = Advice(**answered.value.model_dump())
        return Enrichment(aggregates, advice, answered.model)

    def _question(
        self, package: PackageProposed, deals: Sequence[Deal], aggregates: Aggregates
    ) -> Question[AdviceAnswer]:
        llm = package.settings.llm
        return Question(
            prompt=self.prompt,
            answer=AdviceAnswer,
            call=_call(package, deals),
            model=llm.model or self.default_model,
            data={
                "package": [{"package_name": package.package_name, "reasoning": package.reasoning}],
                "aggregates": [aggregates.model_dump(mode="json")],
                "deals": [shown(deal) for deal in deals],
            },
            temperature=llm.temperature,
            max_output_tokens=self.max_output_tokens,
            timeout_seconds=llm.timeout_seconds,
            sample=llm.fresh,
            budget=None if package.budget_usd is None else Budget(Decimal(str(package.budget_usd))),
        )


@dataclass(frozen=True, slots=True)
class StoredDeals:
    store: ObjectStore

    async def read(self, bodies: Reference) -> Sequence[Deal]:
        return [Deal.read(line) for line in (await get_content(self.store, bodies)).splitlines()]


@dataclass(frozen=True, slots=True)
class StoredManifests:
    store: ObjectStore

    async def packaging(self, reference: Reference) -> Packaging | Lost:
        try:
            return Packaging.read(await get_content(self.store, reference))
        except (ObjectMissing, ObjectDamaged, InvalidEvent) as error:
            return Lost(error.words)

    async def read(self, reference: Reference) -> RunManifests | Lost:
        try:
            return await self._read(reference)
        except (ObjectMissing, ObjectDamaged, InvalidEvent) as error:
            return Lost(error.words)

    async def keep(self, tenant: str, outcome: Outcome, items: int) -> Reference:
        return await put_content(self.store, f"{tenant}/manifests", outcome.canonical(), count=items)

    async def _read(self, reference: Reference) -> RunManifests:
        packaging = Packaging.read(await get_content(self.store, reference))
        clustering = Clustering.read(await get_content(self.store, packaging.clustering))
        snapshot = Snapshot.read(await get_content(self.store, clustering.snapshot))
        frozen: set[str] = set()
        for shard in snapshot.shards:  # one after another: all bodies at once would not fit
            frozen.update(_item_ids(await get_content(self.store, shard.bodies)))
        return RunManifests(reference, packaging, clustering, snapshot, frozenset(frozen))


@dataclass(frozen=True, slots=True)
class PostgresPackages:
    pool: asyncpg.Pool

    async def save(self, tx: Transaction, package: PackageProposed, enrichment: Enrichment | None) -> None:
        where = (*_run(tx.run), package.package_id, package.cluster_id)
        exclusions = canonical([each.model_dump() for each in exclusions_of(package)]).decode()
        await tx.connection.execute(INSERT_PROPOSAL, *where, package.kind, package.deal_ids, exclusions)
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
            )

    async def proposed(self, run: RunKey, members: Sequence[Member[PackageProposed]]) -> Sequence[Proposed]:
        packages = [UUID(member.member_id) for member in members]
        revisions = [member.made_by for member in members]
        rows = await self.pool.fetch(PROPOSED, run.tenant, run.run_id, packages, revisions)
        return [_proposed(row) for row in rows]


@dataclass(frozen=True, slots=True)
class PostgresRuns:
    pool: asyncpg.Pool

    async def begin(self, tx: Transaction, packaging: Reference) -> None:
        await tx.connection.execute(BEGIN, *_run(tx.run), packaging.model_dump_json())

    async def packaging(self, run: RunKey) -> Reference:
        return Reference(**json.loads(await self.pool.fetchval(PACKAGING, *_run(run))))

    async def finish(self, tx: Transaction, finished: RunFinished) -> None:
        await tx.connection.execute(
            FINISH,
            *_run(tx.run),
            finished.status,
            finished.counts.canonical().decode(),
            finished.cost.canonical().decode(),
            finished.outcome.key if finished.outcome else None,
            finished.outcome.sha256 if finished.outcome else None,
            finished.words,
        )


@dataclass(frozen=True, slots=True)
class PostgresCosts:
    pool: asyncpg.Pool
    store: ObjectStore

    async def of(self, run: RunKey) -> Cost:
        # A worker that died between a call's file and its row must not make the run look cheaper.
        await reconcile(self.store, Ledger(self.pool), run.tenant, run.run_id)
        [row] = await self.pool.fetch(COST, run.tenant, run.run_id)
        return Cost(**dict(row))


def _call(package: PackageProposed, deals: Sequence[Deal]) -> Call:
    return Call(
        tenant=package.tenant,
        run_id=package.run_id,
        revision=package.revision,
        stage="enricher",
        interaction_type="package_enrichment",
        entity=package.entity,
        expected_ids=package.deal_ids,
        names=tuple(deal.name for deal in deals),
    )


def _item_ids(bodies: bytes) -> list[str]:
    """Only the names: whole deals would cost a hundred times as much here."""
    documents = [loads(line) for line in bodies.splitlines()]
    return [item_id(document["origin"], document["id"]) for document in documents]


def _proposed(row: Record) -> Proposed:
    exclusions = tuple(Unplaced(**each) for each in json.loads(row["excluded"]))
    return Proposed(row["package_id"], tuple(row["deal_ids"]), exclusions)


def _run(run: RunKey) -> tuple[str, str, int]:
    return run.tenant, run.run_id, run.revision
