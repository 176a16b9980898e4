"""`assort backfill RUN`"""

import asyncio
import time
from pathlib import Path

import typer

from cli.commands.export import OUTPUT, Output
from cli.commands.steer import NUMBERS, Run
from cli.connections import Connection, open_views, publish
from cli.console import console, plain
from cli.environment import operator
from cli.errors import CliError, Exit
from cli.exports.cells import EXCLUDED
from cli.exports.exporter import Exporter
from cli.exports.opening import Wanted, sinks
from cli.exports.places import held, place
from cli.exports.rows import Rows
from cli.reading import RunRow, latest, runs
from cli.scope import tenant_of
from contracts.runs import RunCommanded

WAIT_SECONDS = 60.0
LOOK_SECONDS = 0.2
FORMATS = ("json", "jsonl", "csv")

# As the newest manifest of the run has them: packages of kind excluded, which hold no deals.
WITH_EXCLUDED = """
select excluded_packages from read.packagings_v1 where tenant = $1 and run_id = $2 and revision = $3
"""


def backfill(context: typer.Context, run: Run, output: Output = OUTPUT) -> None:
    """Describe the excluded deals of a run, without a model, and write them as `packages_excluded_...`.

    They have the same aggregates as packages. `assort export` shows them from then on, too.
    """
    asyncio.run(_backfill(tenant_of(context), run, output))


async def _backfill(tenant: str, given: str, output: Path) -> None:
    async with open_views() as views:
        row = await latest(views, tenant, given)
        if row.status is None:
            raise CliError(
                f"{row.run_id} is not over: `assort watch {row.run_id}` follows it", Exit.UNFINISHED
            )
        expected = await views.fetchval(WITH_EXCLUDED, tenant, row.run_id, row.revision)
        if not expected:
            console().print(f"{row.run_id} has no excluded packages: nothing to describe")
            return
        await publish(_order(row))
        rows = Rows(views, tenant, row.run_id, row.revision)
        await _described(rows, expected)
        count = await _write(views, rows, row, output)
    console().print(f"{count} lists of excluded deals are in {plain(output)}", soft_wrap=True)


def _order(row: RunRow) -> RunCommanded:
    return RunCommanded(
        tenant=row.tenant,
        run_id=row.run_id,
        revision=row.revision,
        command="backfill",
        number=time.time_ns() // 1_000_000 % NUMBERS,
        by=operator(),
    )


async def _described(rows: Rows, expected: int) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while len(await rows.counting(EXCLUDED)) < expected:
        if time.monotonic() > deadline:
            raise CliError(
                f"the enricher has not described the excluded deals of {rows.run_id}: is it running?"
                " Once it is, the same command goes on",
                Exit.NO_SERVER,
            )
        await asyncio.sleep(LOOK_SECONDS)


async def _write(views: Connection, rows: Rows, row: RunRow, output: Path) -> int:
    first = (await runs(views, row.tenant, run_id=row.run_id, limit=10_000))[-1]
    where = place(output, row.run_id, row.revision, first.requested_at)
    with held(where):
        every = await sinks(rows, where, Wanted(FORMATS))
        exporter = Exporter(rows, {EXCLUDED: every[EXCLUDED]})
        await exporter.once()
    return exporter.counts[EXCLUDED.name]
