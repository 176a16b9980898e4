"""Which run of packages ranking data are made of."""

from typing import Final

from cli.connections import Connection
from cli.errors import CliError, Exit
from cli.reading import LAST, RunRow, resolve, runs

FINISHED: Final = ("completed", "completed_with_failures")
REVISIONS: Final = 10_000  # all there are

LAST_PACKAGES = """
select run_id from read.runs_v1 where tenant = $1 and kind = 'packages'
order by requested_at desc nulls last, run_id desc limit 1
"""


async def packages_run(views: Connection, tenant: str, given: str) -> RunRow:
    """RUN, RUN@2 or `last`, which here is the last run of packages. The newest revision with packages."""
    name, at, number = given.partition("@")
    if at and not number.isdecimal():
        raise CliError(f"--packages {given}: write the revision as a number, like {name}@1")
    run_id = await (_last(views, tenant) if name == LAST else resolve(views, tenant, name))
    found = await runs(views, tenant, run_id=run_id, limit=REVISIONS)
    rows = [row for row in found if not at or row.revision == int(number)]
    if not rows:
        raise CliError(f"--packages: no run {given} is known: `assort runs` lists them")
    if (rows[0].kind or "packages") != "packages":
        raise CliError(f"--packages: {run_id} makes {rows[0].kind}: name a run that makes packages")
    finished = [row for row in rows if row.status in FINISHED and row.counts.packages]
    if not finished:
        raise _unfit(rows[0])
    return finished[0]


def _unfit(row: RunRow) -> CliError:
    if row.status is None:
        words = f"--packages: {row.run_id} is not over: let it end (`assort watch {row.run_id}`)"
        return CliError(words, Exit.UNFINISHED)
    return CliError(f"--packages: {row.run_id} is {row.status} and has no packages: name another run")


async def _last(views: Connection, tenant: str) -> str:
    run_id: str | None = await views.fetchval(LAST_PACKAGES, tenant)
    if run_id is None:
        raise CliError("--packages: there is no run of packages yet: `assort run packages` starts one")
    return run_id
