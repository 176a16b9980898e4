"""`assort runs`"""

import asyncio
from typing import Annotated

import typer

from cli.connections import open_views
from cli.console import clock, console, span, table
from cli.reading import RunRow
from cli.reading import runs as read_runs
from cli.scope import tenant_of
from contracts.runs import Counts

NUMBERS = ("placed", "failed", "excluded", "made", "USD", "took")


def runs(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20,
) -> None:
    """List the runs, newest first."""
    found = asyncio.run(_runs(tenant_of(context), limit))
    if not found:
        console().print(
            "no run yet: `assort run packages`, `segmentation`, `bundles` or `ranking-data` starts one"
        )
        return
    rows = table("run", "rev", "kind", "status", "asked at", *NUMBERS, right=("rev", *NUMBERS))
    for run in found:
        rows.add_row(*_cells(run))
    console().print(rows)


async def _runs(tenant: str, limit: int) -> list[RunRow]:
    async with open_views() as views:
        return await read_runs(views, tenant, limit=limit)


def _made(counts: Counts) -> int:
    """A run makes things of one kind."""
    return counts.packages or counts.segments or counts.bundles or counts.queries


def _cells(run: RunRow) -> tuple[str, ...]:
    counts = run.counts
    numbers = (
        (counts.placed, counts.failed, counts.excluded, _made(counts)) if run.status else ("", "", "", "")
    )
    return (
        run.run_id,
        str(run.revision),
        run.kind or "",
        run.status or "running",
        clock(run.requested_at),
        *(str(number) for number in numbers),
        f"{run.cost.usd:.4f}" if run.status else "",
        span(run.seconds),
    )
