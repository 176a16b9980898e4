"""`assort export RUN`"""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from cli.connections import open_views
from cli.console import console, plain
from cli.errors import CliError, Exit
from cli.exports.exporter import Exporter
from cli.exports.opening import USUAL, Wanted, formats_of, sinks
from cli.exports.places import held, place
from cli.exports.rows import Rows
from cli.reading import LAST, RunRow, latest, runs
from cli.scope import tenant_of

OUTPUT = Path("output")

Output = Annotated[Path, typer.Option("--output", metavar="FOLDER", help="Where the files go.")]


def export(
    context: typer.Context,
    *,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run, or `last`.")] = LAST,
    follow: Annotated[bool, typer.Option(help="Go on until the run is over; rows appear meanwhile.")] = False,
    formats: Annotated[
        str, typer.Option("--format", metavar="LIST", help="Of json, jsonl, csv, xlsx, parquet.")
    ] = USUAL,
    output: Output = OUTPUT,
    sheets: Annotated[
        str | None, typer.Option(metavar="SPREADSHEET", help="Also a spreadsheet of Google, by its id.")
    ] = None,
    deals_api: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Also each deal as an IAB Deals API object.")
    ] = None,
) -> None:
    """Write the packages of a run as files: `packages_...` and `packages_enriched_...`.

    What is in the files already is not written again, so an export that was killed goes on where it was.
    Exit code: 0 all is written, 2 the run is not over yet.
    """
    wanted = Wanted(formats_of(formats), sheets, deals_api)
    raise typer.Exit(asyncio.run(_export(tenant_of(context), run, output, wanted, follow=follow)))


async def _export(tenant: str, given: str, output: Path, wanted: Wanted, *, follow: bool) -> int:
    async with open_views() as views:
        row = await latest(views, tenant, given)
        if row.kind in ("segmentation", "bundles"):
            made = "segments" if row.kind == "segmentation" else "bundles"
            raise CliError(f"{row.run_id} makes {made}: `assort show {row.run_id} --json` writes them all")
        first = (await runs(views, tenant, run_id=row.run_id, limit=10_000))[-1]
        where = place(output, row.run_id, row.revision, first.requested_at)
        rows = Rows(views, tenant, row.run_id, row.revision)
        with held(where):
            exporter = Exporter(rows, await sinks(rows, where, wanted))
            status = await (exporter.follow(_say) if follow else exporter.once())
    if not follow:
        _say(exporter.counts)
    console().print(f"in {plain(output)}: {plain(where.file('packages', '*'))} and its like", soft_wrap=True)
    return _end(row, status)


def _say(counts: dict[str, int]) -> None:
    console().print(", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items()))


def _end(row: RunRow, status: str | None) -> int:
    if status is None:
        raise CliError(
            f"{row.run_id} is not over: this is what it has so far; `assort export {row.run_id} --follow`"
            " goes on until it is",
            Exit.UNFINISHED,
        )
    return Exit.OK
