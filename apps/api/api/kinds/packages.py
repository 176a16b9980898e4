"""Packages: deals, grouped, named and described for buyers."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from asyncpg import Record
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from api.kinds.kind import (
    MAX_IDS,
    Asked,
    Progress,
    Seen,
    list_or_inline,
    listed_fields,
    status_fields,
)
from api.kinds.shapes import EXAMPLE_COST, EXAMPLE_RUN, Ask, RunListed, RunStatus, Shape, Status
from api.paging import cursor_of, page, place_of
from api.runs import Run
from contracts.deals import PackagesRequested
from contracts.runs import RunKind
from contracts.settings import PackageSettings
from objects import ObjectStore
from runtime.work import Database

PLACES: TypeAdapter[tuple[str, str]] = TypeAdapter(tuple[Literal["package", "excluded"], str])
FIRST = ("package", "")
KIND_DESCENDING = {"package": 0, "excluded": 1}

PROGRESS = """
select clusters_formed, clusters_expected, clusters_packaged, packages_proposed, packages_expected,
       packages_enriched, frozen_at, clustered_at, packaged_at
from run_progress_v1 join runs_v1 using (tenant, run_id, revision)
where (tenant, run_id, revision) = ($1, $2, $3)
"""

SETTLED = """
select count(distinct item_id)::int from (
    select item_id from package_deals_v1 where tenant = $1 and run_id = $2 and revision <= $3
    union all
    select item_id from excluded_deals_v1 where tenant = $1 and run_id = $2 and revision <= $3
) settled
"""

# A retry that found more deals leaves packages behind that count no more: a revision has what it enriches.
PACKAGES = """
with kept as (
    select exists (
        select from enricher_members_v1 where tenant = $1 and run_id = $2 and revision = $3
    ) as told
), found as (
    select distinct on (p.package_id) p.* from packages_v1 p cross join kept
    where p.tenant = $1 and p.run_id = $2 and p.revision <= $3 and (not kept.told or exists (
        select from enricher_members_v1 m
        where (m.tenant, m.run_id, m.revision, m.member_id) = ($1, $2, $3, p.package_id::text)
    ))
    order by p.package_id, p.revision desc
)
select f.package_id::text, f.cluster_id::text, f.kind, f.package_name, f.deal_ids, f.reasoning,
       e.aggregates, e.advice, e.advice is not null as enriched, x.excluded
from found f
left join lateral (
    select aggregates, advice from packages_enriched_v1 e
    where (e.tenant, e.run_id, e.package_id) = (f.tenant, f.run_id, f.package_id) and e.revision <= $3
    order by revision desc limit 1
) e on true
left join lateral (
    select jsonb_agg(jsonb_build_object('deal_id', d.item_id, 'code', d.code, 'words', d.words)
                     order by d.item_id) as excluded
    from excluded_deals_v1 d
    where (d.tenant, d.run_id, d.package_id, d.revision) = (f.tenant, f.run_id, f.package_id, f.revision)
) x on f.kind = 'excluded'
where (case f.kind when 'package' then 0 else 1 end, f.package_id::text) > ($4, $5)
order by case f.kind when 'package' then 0 else 1 end, f.package_id::text limit $6
"""

EXAMPLE_LISTED: dict[str, Any] = {
    "run_id": EXAMPLE_RUN,
    "revision": 1,
    "status": "completed",
    "requested_at": "2025-06-18T12:03:01Z",
    "finished_at": "2025-06-18T12:15:00Z",
    "counts": {"placed": 90, "failed": 0, "excluded": 10, "clusters": 5, "packages": 12},
    "cost": EXAMPLE_COST,
    "words": "",
    "total_deals": 100,
}
EXAMPLE_STATUS: dict[str, Any] = {
    **EXAMPLE_LISTED,
    "status": "running",
    "finished_at": None,
    "state": "active",
    "phase": "packaging",
    "progress_percent": 40.0,
    "estimated_completion": "2025-06-18T12:15:00Z",
    "steps": 5,
    "steps_done": 2,
    "budget_usd": 2.0,
    "processed_deals": 40,
}
EXAMPLE_RESULTS: dict[str, Any] = {
    "run_id": EXAMPLE_RUN,
    "revision": 1,
    "status": "completed",
    "packages": [
        {
            "package_id": "22222222-2222-5222-8222-222222222222",
            "cluster_id": "11111111-1111-5111-8111-111111111111",
            "kind": "package",
            "package_name": "Sports fans on video",
            "deal_ids": ["bidswitch.com/1", "bidswitch.com/2", "bidswitch.com/3"],
            "reasoning": "One audience, one format.",
            "enriched": True,
            "aggregates": {},
            "advice": {"description": "For sports fans"},
            "excluded": [],
        }
    ],
    "next_cursor": None,
}

DealId = Annotated[str, Field(pattern=r"^[^/\x00]+/[^\x00]+$", max_length=512)]


def _each_once(ids: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if ids is None else tuple(dict.fromkeys(ids))


class StartPackages(Ask):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"deal_ids": ["bidswitch.com/3001", "bidswitch.com/3002"]}]}
    )

    deal_ids: Annotated[tuple[DealId, ...] | None, AfterValidator(_each_once)] = Field(
        default=None,
        min_length=1,
        max_length=MAX_IDS,
        description="Like `origin/deal_id`; null: every deal that is offered now.",
    )
    settings: PackageSettings = PackageSettings()
    wait_seconds: float = Field(
        default=30, ge=0, le=3600, description="For deals that are not there yet; then they count as failed."
    )
    budget_usd: float | None = Field(default=None, ge=0, le=1e9, description="Null: no limit.")


class PackagesStarted(Shape):
    run_id: str
    status: Literal["started"] = "started"
    total_deals: int | None = Field(description="Null: all that are offered.")

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"run_id": EXAMPLE_RUN, "status": "started", "total_deals": 2}]}
    )


class PackagesStatus(RunStatus):
    total_deals: int
    processed_deals: int

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_STATUS]})


class PackagesListed(RunListed):
    total_deals: int | None


class PackagesRuns(Shape):
    runs: list[PackagesListed]
    next_cursor: str | None

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"runs": [EXAMPLE_LISTED], "next_cursor": None}]}
    )


class ExcludedDeal(Shape):
    deal_id: str
    code: str
    words: str


class PackageResult(Shape):
    package_id: str
    cluster_id: str
    kind: Literal["package", "excluded"]
    package_name: str
    deal_ids: list[str]
    reasoning: str
    enriched: bool
    aggregates: dict[str, Any] | None
    advice: dict[str, Any] | None
    excluded: list[ExcludedDeal] = Field(description="Of kind excluded: its deals, and why they are in none.")


class PackagesResults(Shape):
    run_id: str
    revision: int
    status: Status
    packages: list[PackageResult] = Field(description="One page; those of excluded deals come last.")
    next_cursor: str | None

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_RESULTS]})


class Packages:
    name: ClassVar[RunKind] = "packages"
    things: ClassVar[str] = "deals"
    stages: ClassVar[Sequence[str]] = ("embedder", "clusterer", "packager", "enricher")
    start_model: ClassVar[type[BaseModel]] = StartPackages
    started_model: ClassVar[type[BaseModel]] = PackagesStarted
    status_model: ClassVar[type[BaseModel]] = PackagesStatus
    list_model: ClassVar[type[BaseModel]] = PackagesRuns
    results_model: ClassVar[type[BaseModel]] = PackagesResults

    async def refuse(self, views: Database, store: ObjectStore, tenant: str, body: StartPackages) -> None:
        """Deals may come while the run waits for them."""

    async def ask(
        self, views: Database, store: ObjectStore, tenant: str, run_id: str, body: StartPackages
    ) -> Asked:
        inline, listed = (
            (None, None) if body.deal_ids is None else (await list_or_inline(store, tenant, body.deal_ids))
        )
        event = PackagesRequested(
            tenant=tenant,
            run_id=run_id,
            deal_ids=None if inline is None else tuple(map(str, inline)),
            deal_list=listed,
            settings=body.settings,
            wait_seconds=body.wait_seconds,
            budget_usd=body.budget_usd,
        )
        return Asked(event, None if body.deal_ids is None else len(body.deal_ids))

    def started(self, run_id: str, total: int | None) -> PackagesStarted:
        return PackagesStarted(run_id=run_id, total_deals=total)

    def listed(self, run: Run) -> PackagesListed:
        return PackagesListed.model_validate(listed_fields(run) | {"total_deals": run.total})

    def status(self, seen: Seen) -> PackagesStatus:
        progress = seen.progress
        return PackagesStatus.model_validate(
            status_fields(seen) | {"total_deals": progress.total, "processed_deals": progress.processed}
        )

    async def progress(self, views: Database, tenant: str, run: Run) -> Progress:
        revision = (tenant, run.run_id, run.revision)
        row = await views.fetchrow(PROGRESS, *revision)
        total = run.total or 0
        if row is None:
            return Progress(total, 0, "waiting")
        processed = total if run.over else min(total, await views.fetchval(SETTLED, *revision))
        steps, done = _steps(row)
        return Progress(total, processed, _phase(row, run), steps, done, row["clustered_at"])

    async def results(
        self, views: Database, store: ObjectStore, tenant: str, run: Run, *, cursor: str | None, limit: int
    ) -> PackagesResults:
        kind, name = place_of(cursor, PLACES) or FIRST
        rows = await views.fetch(
            PACKAGES, tenant, run.run_id, run.revision, KIND_DESCENDING[kind], name, limit + 1
        )
        shown, last = page(rows, limit)
        return PackagesResults.model_validate(
            {
                "run_id": run.run_id,
                "revision": run.revision,
                "status": run.status,
                "packages": [dict(row) | {"excluded": row["excluded"] or []} for row in shown],
                "next_cursor": cursor_of(last["kind"], last["package_id"]) if last else None,
            }
        )


def _phase(row: Mapping[str, Any] | Record, run: Run) -> str:
    if run.over:
        return "over"
    if row["frozen_at"] is None:
        return "embedding"
    if row["clustered_at"] is None:
        return "clustering"
    return "packaging" if row["packaged_at"] is None else "enrichment"


def _steps(row: Mapping[str, Any] | Record) -> tuple[int, int]:
    """Clusters to package and packages to describe, as far as they are known."""
    clusters, packages = row["clusters_expected"] or 0, row["packages_expected"] or 0
    done = min(row["clusters_packaged"] or 0, clusters) + min(row["packages_enriched"] or 0, packages)
    return clusters + packages, done
