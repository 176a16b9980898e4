"""Reads back what was exported of a run, so that it can be held against the tables."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from cli.connections import Connection
from cli.domain.checks_exports import Exported, Exports, Wanted
from cli.errors import CliError
from cli.exports.appended import csv_cells, csv_records
from cli.exports.cells import EXCLUDED, TABLES, Table
from cli.exports.parquet import parts, read_lines
from cli.exports.places import Place
from cli.exports.rows import Rows

Found = Sequence[tuple[str, tuple[str, ...]]]
Reader = Callable[[Path, Table], Found]

STATES = """
select package_id::text from read.packages_v1
where tenant = $1 and run_id = $2 and revision <= $3 and kind = 'excluded'
"""
FAILED = """
select member_id from read.enricher_members_v1
where tenant = $1 and run_id = $2 and revision = $3 and state in ('failed', 'cancelled')
"""


async def exports_of(rows: Rows, where: Place | None, spreadsheet_id: str | None) -> Exports:
    wanted = [await _wanted(rows, table) for table in TABLES]
    found = [*_files(where)] if where else []
    if spreadsheet_id:
        found += _sheets(spreadsheet_id, rows)
    return Exports(
        run_id=rows.run_id,
        wanted=wanted,
        found=found,
        excluded=await _ids(rows.views, STATES, rows),
        failed=await _ids(rows.views, FAILED, rows),
    )


async def _wanted(rows: Rows, table: Table) -> Wanted:
    lines = await rows.lines(table, await rows.counting(table))
    return Wanted(table.name, {line.package_id: tuple(line.deal_ids) for line in lines})


async def _ids(views: Connection, query: str, rows: Rows) -> frozenset[str]:
    return frozenset(row[0] for row in await views.fetch(query, *rows.run))


def _files(where: Place) -> Iterator[Exported]:
    for table in TABLES:
        for ending, reader in READERS.items():
            path = where.file(table.name, ending)
            if path.exists():
                yield _exported(path, table, reader)
    book = where.file("packages", "xlsx")
    if book.exists():
        yield from _book(book)


def _exported(path: Path, table: Table, reader: Reader) -> Exported:
    try:
        return Exported(path.name, table.name, reader(path, table))
    except (ValueError, KeyError, OSError, CliError) as error:
        return Exported(path.name, table.name, broken=f"it cannot be read ({_first_line(error)})")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _json(path: Path, _: Table) -> Found:
    return [_row(one) for one in json.loads(path.read_bytes())]


def _jsonl(path: Path, _: Table) -> Found:
    return [_row(json.loads(line)) for line in path.read_bytes().splitlines()]


def _csv(path: Path, table: Table) -> Found:
    body = path.read_bytes()
    header, *records = csv_records(body)
    if len(header) + sum(map(len, records)) < len(body):
        raise ValueError("its last record is torn")
    cells = [csv_cells(record, table.titles) for record in records]
    return [(one["package_id"], tuple(json.loads(one["deal_ids"]))) for one in cells]


def _parquet(path: Path, table: Table) -> Found:
    lines = [line for part in parts(path) for line in read_lines(part, table)]
    return [(line.package_id, tuple(line.deal_ids)) for line in lines]


def _row(document: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    return document["package_id"], tuple(document["deal_ids"])


READERS: dict[str, Reader] = {"json": _json, "jsonl": _jsonl, "csv": _csv, "parquet": _parquet}


def _book(path: Path) -> Iterator[Exported]:
    from openpyxl import load_workbook  # noqa: PLC0415 - takes a third of a second to load

    try:
        book = load_workbook(path, read_only=True)
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        yield Exported(path.name, "packages", broken=f"it cannot be read ({_first_line(error)})")
        return
    for table in TABLES:
        if table.sheet in book.sheetnames:
            titles, *rows = [list(cells) for cells in book[table.sheet].values]
            named = [dict(zip(titles, cells, strict=False)) for cells in rows]
            yield Exported(f"{path.name} [{table.sheet}]", table.name, _cells(named))
    book.close()


def _sheets(spreadsheet_id: str, rows: Rows) -> Iterator[Exported]:
    from cli.exports.google import open_spreadsheet  # noqa: PLC0415 - loads Google's libraries
    from cli.exports.sheets import read_rows, title  # noqa: PLC0415 - same

    spreadsheet = open_spreadsheet(spreadsheet_id)
    for table in TABLES:
        named = [one for one in read_rows(spreadsheet, table, rows.revision) if one["run_id"] == rows.run_id]
        if named or table is not EXCLUDED:
            place = f"the sheet {title(table, rows.revision)!r}"
            yield Exported(place, table.name, _cells(named), is_sheet=True)


def _cells(named: Sequence[dict[Any, Any]]) -> Found:
    return [(str(one["package_id"]), _ids_of(one.get("deal_ids"))) for one in named]


def _ids_of(cell: object) -> tuple[str, ...]:
    """Whatever is no list of ids is none: the check then says that the row names other deals."""
    try:
        found = json.loads(str(cell))
    except ValueError:
        return ()
    return tuple(map(str, found)) if isinstance(found, list) else ()
