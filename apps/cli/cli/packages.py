"""Packages of a run as the views show them: proposed and, where it came so far, enriched."""

from collections.abc import Sequence
from dataclasses import dataclass

from asyncpg import Record

from cli.connections import Connection, Store
from cli.domain.reasons import Reasons, counted, reasons_of
from cli.errors import CliError
from cli.manifests import outcome_of
from cli.reading import RunRow
from contracts import InvalidEvent, WorkFailed
from contracts.packages import Advice, Aggregates

SIMULATOR = "assort-simulator"

# A retry that found more deals leaves packages behind that count no more. A run has what its newest revision
# enriches or, before it comes so far, all that was proposed.
PACKAGES = """
with newest as (
    select max(revision) as revision from read.enricher_members_v1 where tenant = $1 and run_id = $2
), current as (
    select distinct on (p.package_id) p.* from read.packages_v1 p cross join newest
    where p.tenant = $1 and p.run_id = $2 and (newest.revision is null or exists (
        select from read.enricher_members_v1 m
        where m.tenant = $1 and m.run_id = $2 and m.revision = newest.revision
          and m.member_id = p.package_id::text
    ))
    order by p.package_id, p.revision desc
)
select p.package_id::text, p.cluster_id::text, p.kind, p.package_name, p.deal_ids, p.reasoning, p.model,
       e.aggregates, e.advice, e.model as enriched_by
from current p
left join lateral (
    select aggregates, advice, model from read.packages_enriched_v1 e
    where (e.tenant, e.run_id, e.package_id) = (p.tenant, p.run_id, p.package_id)
    order by revision desc limit 1
) e on true
where $3::text is null or starts_with(p.package_id::text, $3)
order by p.kind desc, cardinality(p.deal_ids) desc, p.package_name, p.package_id
"""

EXCLUDED = """
select item_id, code, words from read.excluded_deals_v1
where tenant = $1 and run_id = $2 and package_id::text = $3 order by item_id
"""

MODELS = """
select distinct model from read.llm_interactions_v1 where tenant = $1 and run_id = $2 and status = 'answered'
order by model
"""

# Before the run is over: what the packager has excluded so far. A retry may exclude a deal once more.
EXCLUDED_SO_FAR = """
select distinct on (item_id) code from read.excluded_deals_v1 where tenant = $1 and run_id = $2
order by item_id, revision desc
"""


@dataclass(frozen=True, slots=True)
class Package:
    package_id: str
    cluster_id: str
    kind: str
    name: str
    deal_ids: tuple[str, ...]
    reasoning: str
    models: tuple[str, ...]
    aggregates: Aggregates | None
    advice: Advice | None

    @property
    def state(self) -> str:
        if self.kind == "excluded":
            return "excluded"
        return "enriched" if self.advice else "proposed"


@dataclass(frozen=True, slots=True)
class Excluded:
    item_id: str
    code: str
    words: str


async def packages(
    connection: Connection, tenant: str, run_id: str, begins: str | None = None
) -> list[Package]:
    """The largest first, those of excluded deals at the end."""
    return [_package(row) for row in await connection.fetch(PACKAGES, tenant, run_id, begins)]


async def package(connection: Connection, tenant: str, run_id: str, given: str) -> Package:
    found = await packages(connection, tenant, run_id, given)
    if not found:
        raise CliError(f"{run_id} has no package {given}: `assort show {run_id} --packages 1000` lists them")
    if len(found) > 1:
        raise CliError(f"{given} may be {', '.join(one.package_id for one in found[:5])}: write more of it")
    return found[0]


async def excluded(connection: Connection, tenant: str, run_id: str, package_id: str) -> list[Excluded]:
    return [Excluded(**dict(row)) for row in await connection.fetch(EXCLUDED, tenant, run_id, package_id)]


async def reasons(connection: Connection, store: Store, run: RunRow) -> Reasons:
    """As the run's own outcome says it, so that they add up to its counts."""
    if run.status is None:
        rows = await connection.fetch(EXCLUDED_SO_FAR, run.tenant, run.run_id)
        return Reasons(excluded=counted(row["code"] for row in rows))
    try:
        outcome = await outcome_of(connection, store, run)
    except (WorkFailed, InvalidEvent) as error:
        return Reasons(unknown=f"{error.words}; see `assort verify {run.run_id}`")
    return Reasons() if outcome is None else reasons_of(outcome)


async def models(connection: Connection, tenant: str, run_id: str) -> list[str]:
    return [row["model"] for row in await connection.fetch(MODELS, tenant, run_id)]


def is_simulated(names: Sequence[str]) -> bool:
    return any(name.startswith(SIMULATOR) for name in names)


def _package(row: Record) -> Package:
    return Package(
        package_id=row["package_id"],
        cluster_id=row["cluster_id"],
        kind=row["kind"],
        name=row["package_name"],
        deal_ids=tuple(row["deal_ids"]),
        reasoning=row["reasoning"],
        models=tuple(model for model in (row["model"], row["enriched_by"]) if model),
        aggregates=Aggregates.model_validate(row["aggregates"], extra="ignore")
        if row["aggregates"]
        else None,
        advice=Advice.model_validate(row["advice"], extra="ignore") if row["advice"] else None,
    )
