"""The lines of one revision of a run, from the views.

Never `more than the last id`: rows that commit late would be skipped. Asked is for what counts now; what of
it is not in a file yet, the file itself says.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from asyncpg import Record

from cli.connections import Connection
from cli.exports.cells import ENRICHED, EXCLUDED, PACKAGES, Table
from cli.exports.lines import LeftOut, Line, enriched_line, excluded_line, package_line

MANY = 500

# What a later revision takes over from an earlier one is a member of it; what it makes has its number.
MEMBERS = """
with member as (
    select member_id, made_by from read.enricher_members_v1
    where tenant = $1 and run_id = $2 and revision = $3
)
"""
COUNTING_PACKAGES = f"""{MEMBERS}
select package_id::text, max(created_at) as at from read.packages_v1
where tenant = $1 and run_id = $2 and revision <= $3
  and (revision = $3 or package_id::text in (select member_id from member))
group by package_id order by at, package_id
"""
COUNTING_ENRICHED = f"""{MEMBERS}
select e.package_id::text, max(e.created_at) as at from read.packages_enriched_v1 e
left join member on member.member_id = e.package_id::text
where e.tenant = $1 and e.run_id = $2 and e.revision <= $3
  and (e.revision = $3 or e.revision >= member.made_by)
group by e.package_id order by at, e.package_id
"""
COUNTING_EXCLUDED = """
select package_id::text, created_at as at from read.packages_backfilled_v1
where tenant = $1 and run_id = $2 and revision = $3 order by at, package_id
"""

PACKAGE_ROWS = """
select distinct on (package_id) package_id::text, cluster_id::text, revision, run_id, kind, package_name,
       deal_ids, reasoning, model, prompt_version
from read.packages_v1
where tenant = $1 and run_id = $2 and revision <= $3 and package_id = any($4::uuid[])
order by package_id, revision desc
"""
LEFT_OUT = """
select package_id::text, revision, item_id, code, words from read.excluded_deals_v1
where tenant = $1 and run_id = $2 and revision <= $3 and package_id = any($4::uuid[])
order by package_id, item_id
"""
ENRICHED_ROWS = """
select distinct on (package_id) package_id::text, cluster_id::text, revision, run_id, package_name, deal_ids,
       reasoning, aggregates, advice, model, prompt_version
from read.packages_enriched_v1
where tenant = $1 and run_id = $2 and revision <= $3 and package_id = any($4::uuid[])
order by package_id, revision desc
"""
EXCLUDED_ROWS = """
select package_id::text, cluster_id::text, revision, run_id, package_name, excluded, aggregates
from read.packages_backfilled_v1
where tenant = $1 and run_id = $2 and revision = $3 and package_id = any($4::uuid[])
"""
STATUS = "select status from read.runs_v1 where tenant = $1 and run_id = $2 and revision = $3"
HAS_BACKFILL = "select to_regclass('read.packages_backfilled_v1') is not null"

Run = tuple[str, str, int]
Fetch = Callable[[Connection, Run, Sequence[str]], Awaitable[list[Line]]]


@dataclass(frozen=True, slots=True)
class Rows:
    """The lines of one revision."""

    views: Connection
    tenant: str
    run_id: str
    revision: int

    @property
    def run(self) -> Run:
        return self.tenant, self.run_id, self.revision

    async def status(self) -> str | None:
        """None: it is not over."""
        found: str | None = await self.views.fetchval(STATUS, *self.run)
        return found

    async def counting(self, table: Table) -> list[str]:
        """Ids of all packages that count now, the oldest first."""
        if table is EXCLUDED and not await self.views.fetchval(HAS_BACKFILL):
            return []
        return [row["package_id"] for row in await self.views.fetch(COUNTING[table.name], *self.run)]

    async def lines(self, table: Table, package_ids: Sequence[str]) -> list[Line]:
        """In the order of the ids."""
        found: dict[str, Line] = {}
        for start in range(0, len(package_ids), MANY):
            asked = package_ids[start : start + MANY]
            found |= {line.key: line for line in await FETCHES[table.name](self.views, self.run, asked)}
        return [found[package_id] for package_id in package_ids if package_id in found]


async def _packages(views: Connection, run: Run, ids: Sequence[str]) -> list[Line]:
    left: dict[tuple[str, int], list[Record]] = {}
    for row in await views.fetch(LEFT_OUT, *run, ids):
        left.setdefault((row["package_id"], row["revision"]), []).append(row)
    return [
        package_line(dict(row), tuple(map(_left, left.get((row["package_id"], row["revision"]), ()))))
        for row in await views.fetch(PACKAGE_ROWS, *run, ids)
    ]


def _left(row: Record) -> LeftOut:
    return LeftOut(deal_id=row["item_id"], code=row["code"], words=row["words"])


async def _enriched(views: Connection, run: Run, ids: Sequence[str]) -> list[Line]:
    return [enriched_line(dict(row)) for row in await views.fetch(ENRICHED_ROWS, *run, ids)]


async def _excluded(views: Connection, run: Run, ids: Sequence[str]) -> list[Line]:
    return [excluded_line(dict(row)) for row in await views.fetch(EXCLUDED_ROWS, *run, ids)]


COUNTING = {
    PACKAGES.name: COUNTING_PACKAGES,
    ENRICHED.name: COUNTING_ENRICHED,
    EXCLUDED.name: COUNTING_EXCLUDED,
}
FETCHES: dict[str, Fetch] = {
    PACKAGES.name: _packages,
    ENRICHED.name: _enriched,
    EXCLUDED.name: _excluded,
}
