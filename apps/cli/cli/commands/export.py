"""`assort export RUN`"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from cli.commands.ranking_data import write_result
from cli.connections import Connection, open_views
from cli.console import console, plain
from cli.errors import CliError, Exit
from cli.exports.exporter import Exporter
from cli.exports.opening import USUAL, Wanted, formats_of, sinks
from cli.exports.places import held, place
from cli.exports.rows import Rows
from cli.ranking.writing import OUTPUT as RECORDS
from cli.ranking.writing import Files
from cli.ranking.writing import formats_of as ranking_formats_of
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
        str | None,
        typer.Option(
            "--format",
            metavar="LIST",
            help=f"Of json, jsonl, csv, xlsx, parquet; none: {USUAL}."
            " Of ranking data, beside the records: json, jsonl, beir, trec, msmarco, letor.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help=f"The folder; none: {OUTPUT}. Of ranking data the file; none: {RECORDS}.",
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Of ranking data: replace what is there.")] = True,
    sheets: Annotated[
        str | None, typer.Option(metavar="SPREADSHEET", help="Also a spreadsheet of Google, by its id.")
    ] = None,
    deals_api: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Also each deal as an IAB Deals API object.")
    ] = None,
) -> None:
    """Write the packages of a run as files: `packages_...` and `packages_enriched_...`; or its ranking data.

    What is in the files already is not written again, so an export that was killed goes on where it was.
    Ranking data are written whole or not at all, with a file beside them that says how they were made.
    Exit code: 0 all is written, 2 the run is not over yet.
    """
    asked = Asked(output, formats, sheets, deals_api, overwrite, follow)
    raise typer.Exit(asyncio.run(_export(tenant_of(context), run, asked)))


@dataclass(frozen=True, slots=True)
class Asked:
    """In the user's words: what they mean depends on what the run makes."""

    output: Path | None
    formats: str | None
    sheets: str | None
    deals_api: Path | None
    overwrite: bool
    follow: bool


async def _export(tenant: str, given: str, asked: Asked) -> int:
    async with open_views() as views:
        row = await latest(views, tenant, given)
        if row.kind == "ranking_data":
            return await _ranking(views, row, asked)
        if row.kind in ("segmentation", "bundles"):
            made = "segments" if row.kind == "segmentation" else "bundles"
            raise CliError(f"{row.run_id} makes {made}: `assort show {row.run_id} --json` writes them all")
        return await _packages(views, row, asked)


async def _ranking(views: Connection, row: RunRow, asked: Asked) -> int:
    if asked.follow or asked.sheets or asked.deals_api:
        raise CliError(f"{row.run_id} makes ranking data: leave out --follow, --sheets and --deals-api")
    if row.status is None:
        raise CliError(f"{row.run_id} is not over: `assort watch {row.run_id}` follows it", Exit.UNFINISHED)
    files = Files(asked.output or RECORDS, asked.overwrite, ranking_formats_of([asked.formats or ""]))
    files.refuse_early()
    await write_result(views, row, files)
    return Exit.OK


async def _packages(views: Connection, row: RunRow, asked: Asked) -> int:
    wanted = Wanted(
        formats_of(USUAL if asked.formats is None else asked.formats), asked.sheets, asked.deals_api
    )
    output, tenant, follow = asked.output or OUTPUT, row.tenant, asked.follow
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
