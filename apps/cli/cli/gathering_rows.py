"""The rows of a proof. Every query names its columns: a view that changes is found out here."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from asyncpg import Record

from cli.connections import Connection
from cli.domain.evidence import (
    ClusterRows,
    DeadLetter,
    EnrichedRow,
    Evidence,
    ExcludedRow,
    FailedMember,
    Interaction,
    LedgerRow,
    Made,
    Named,
    OpenWork,
    OutcomeRow,
    PackageRow,
    RunEvidence,
    SeenEvent,
    grown,
)
from cli.reading import STAGES
from contracts.runs import Cost, Counts

RUN = "where tenant = $1 and run_id = $2"
REVISION = f"{RUN} and revision = $3"

FROZEN = f"select snapshot_key as key, snapshot_sha256 as sha256 from read.frozen_v1 {REVISION}"
CLUSTERING = f"select clustering_key as key, clustering_sha256 as sha256 from read.clusterings_v1 {REVISION}"
PACKAGING = f"select packaging_key as key, packaging_sha256 as sha256 from read.packagings_v1 {REVISION}"
OUTCOME = f"""
select status, counts, cost, outcome_key as key, outcome_sha256 as sha256, finished_at
from read.outcomes_v1 {REVISION}
"""
LEDGER = f"select status, counts, words from read.runs_v1 {REVISION}"
CLUSTERS = f"select cluster_id::text, revision, deals from read.clusters_v1 {RUN}"
CLUSTER_DEALS = f"select cluster_id::text, item_id from read.cluster_deals_v1 {RUN}"
PACKAGES = f"""
select package_id::text, cluster_id::text, revision, kind, deal_ids from read.packages_v1 {RUN}
"""
PACKAGE_DEALS = f"select package_id::text, revision, item_id from read.package_deals_v1 {RUN}"
ENRICHED = f"""
select package_id::text, cluster_id::text, deal_ids from read.packages_enriched_v1 {RUN} order by revision
"""
EXCLUDED = (
    f"select cluster_id::text, package_id::text, revision, item_id, code from read.excluded_deals_v1 {RUN}"
)
CALLS = f"""
select file_path, sha256, bytes, cached, cost_usd::float8, created_at,
       case when status = 'answered' then 'answers/' || tenant || '/' || cache_key || '/' || sample || '.json'
       end as answer
from read.llm_interactions_v1 {RUN} order by file_path
"""
BUDGET = f"select limit_usd::float8, spent_usd::float8 from read.llm_budget_v1 {RUN}"
EVENTS = (
    f"select event_id::text, topic, entity, conflicts from read.events_v1 {REVISION} order by topic, entity"
)

OPEN = " union all ".join(
    f"select '{stage}' as stage, name, state, coalesce(reason, '') as reason, count(*) as rows"
    f" from read.{stage}_inbox_v1 {REVISION} and state in ('pending', 'leased') group by name, state, reason"
    for stage in STAGES
)
# The outbox serves all runs: what was written after this one was over belongs to another.
UNSENT = " union all ".join(
    f"select '{stage}' as stage, case when oldest > $1::timestamptz then 0 else unsent end as unsent"
    f" from read.{stage}_outbox_v1"
    for stage in STAGES
)
LETTERS = " union all ".join(
    f"select '{stage}' as stage, letter_id::text, code, words from read.{stage}_letters_v1"
    f" {REVISION} and state = 'dead'"
    for stage in STAGES
)
FAILED = " union all ".join(
    f"select '{stage}' as stage, member_id, coalesce(code, '') as code from read.{stage}_members_v1"
    f" {REVISION} and state in ('failed', 'cancelled')"
    for stage in STAGES
)


async def gather(views: Connection, tenant: str, run_id: str, revision: int) -> Evidence:
    whole, one = (tenant, run_id), (tenant, run_id, revision)
    outcome = await views.fetchrow(OUTCOME, *one)
    return grown(
        Evidence,
        await gather_any(views, tenant, run_id, revision, _outcome(outcome)),
        clustering_row=named(await views.fetchrow(CLUSTERING, *one)),
        packaging_row=named(await views.fetchrow(PACKAGING, *one)),
        clusters=await _clusters(views, *whole),
        packages=await _packages(views, *whole),
        enriched=await _enriched(views, *whole),
        excluded=tuple(ExcludedRow(**dict(row)) for row in await views.fetch(EXCLUDED, *whole)),
    )


async def gather_any(
    views: Connection, tenant: str, run_id: str, revision: int, outcome: OutcomeRow | None
) -> RunEvidence:
    """What there is of a run of any kind."""
    whole, one = (tenant, run_id), (tenant, run_id, revision)
    budget = await views.fetchrow(BUDGET, *whole)
    return RunEvidence(
        tenant=tenant,
        run_id=run_id,
        revision=revision,
        ledger=_ledger(await views.fetchrow(LEDGER, *one)),
        outcome_row=outcome,
        snapshot_row=named(await views.fetchrow(FROZEN, *one)),
        interactions=tuple(_call(row) for row in await views.fetch(CALLS, *whole)),
        spent_usd=budget["spent_usd"] if budget else None,
        limit_usd=budget["limit_usd"] if budget else None,
        unsent=await _unsent(views, outcome.finished_at if outcome else None),
        open_work=tuple(OpenWork(**dict(row)) for row in await views.fetch(OPEN, *one)),
        letters=tuple(DeadLetter(**dict(row)) for row in await views.fetch(LETTERS, *one)),
        failed_members=tuple(FailedMember(**dict(row)) for row in await views.fetch(FAILED, *one)),
        events=tuple(SeenEvent(**dict(row)) for row in await views.fetch(EVENTS, *one)),
    )


async def _clusters(views: Connection, *run: str) -> dict[str, ClusterRows]:
    members = _grouped(await views.fetch(CLUSTER_DEALS, *run), "cluster_id")
    return {
        row["cluster_id"]: ClusterRows(
            row["cluster_id"], row["revision"], row["deals"], frozenset(members[row["cluster_id"],])
        )
        for row in await views.fetch(CLUSTERS, *run)
    }


async def _packages(views: Connection, *run: str) -> dict[Made, PackageRow]:
    members = _grouped(await views.fetch(PACKAGE_DEALS, *run), "package_id", "revision")
    return {
        (row["package_id"], row["revision"]): PackageRow(
            package_id=row["package_id"],
            cluster_id=row["cluster_id"],
            revision=row["revision"],
            kind=row["kind"],
            deal_ids=tuple(row["deal_ids"]),
            member_rows=frozenset(members[row["package_id"], row["revision"]]),
        )
        for row in await views.fetch(PACKAGES, *run)
    }


async def _enriched(views: Connection, *run: str) -> dict[str, EnrichedRow]:
    return {
        row["package_id"]: EnrichedRow(row["package_id"], row["cluster_id"], tuple(row["deal_ids"]))
        for row in await views.fetch(ENRICHED, *run)
    }


async def _unsent(views: Connection, finished_at: datetime | None) -> dict[str, int]:
    return {row["stage"]: row["unsent"] for row in await views.fetch(UNSENT, finished_at)}


def _grouped(rows: list[Record], *by: str) -> defaultdict[tuple[Any, ...], list[str]]:
    found: defaultdict[tuple[Any, ...], list[str]] = defaultdict(list)
    for row in rows:
        found[tuple(row[name] for name in by)].append(row["item_id"])
    return found


def named(row: Record | None) -> Named | None:
    return Named(row["key"], row["sha256"]) if row and row["key"] else None


def _ledger(row: Record | None) -> LedgerRow | None:
    return LedgerRow(row["status"], counts_of(row["counts"]), row["words"] or "") if row else None


def _outcome(row: Record | None) -> OutcomeRow | None:
    if row is None:
        return None
    cost = Cost.model_validate(row["cost"] or {}, extra="ignore")
    return OutcomeRow(row["status"], counts_of(row["counts"]), cost, named(row), row["finished_at"])


def _call(row: Record) -> Interaction:
    return Interaction(
        file=row["file_path"],
        sha256=row["sha256"],
        bytes=row["bytes"],
        answer=row["answer"],
        cost_usd=row["cost_usd"],
        cached=row["cached"],
        at=row["created_at"],
    )


def counts_of(value: object) -> Counts:
    return Counts.model_validate(value or {}, extra="ignore")
