"""Which files and sheets an export consists of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.connections import open_store
from cli.errors import CliError
from cli.exports.appended import Csv, JsonLines
from cli.exports.cells import ENRICHED, EXCLUDED, PACKAGES, Table
from cli.exports.deals import frozen_deals
from cli.exports.deals_file import DealsFile
from cli.exports.parquet import Parquet
from cli.exports.places import Place
from cli.exports.rows import Rows
from cli.exports.sinks import Sink
from cli.exports.whole import Book, JsonArray

FORMATS = ("json", "jsonl", "csv", "xlsx", "parquet")
USUAL = "json,jsonl,csv,xlsx"


@dataclass(frozen=True, slots=True)
class Wanted:
    formats: tuple[str, ...]
    sheets: str | None = None
    deals_api: Path | None = None


def formats_of(text: str) -> tuple[str, ...]:
    asked = tuple(word.strip().lower() for word in text.split(",") if word.strip())
    unknown = sorted(set(asked) - set(FORMATS))
    if unknown:
        raise CliError(f"no such format: {', '.join(unknown)}; there are {', '.join(FORMATS)}")
    return asked


async def sinks(rows: Rows, where: Place, wanted: Wanted) -> dict[Table, list[Sink]]:
    """Excluded deals have files only once `assort backfill` has described them."""
    described = bool(await rows.counting(EXCLUDED))
    tables = (PACKAGES, ENRICHED, EXCLUDED) if described else (PACKAGES, ENRICHED)
    found = {table: _files(rows.run_id, where, table, wanted.formats) for table in tables}
    if "xlsx" in wanted.formats:
        book = Book(where.file("packages", "xlsx"))
        for table in tables:
            found[table].append(book.sheet(table))
    if wanted.sheets:
        _add_worksheets(found, rows, wanted.sheets)
    if wanted.deals_api:
        deals = await frozen_deals(rows.views, open_store(), rows.run)
        path = Place(wanted.deals_api, where.stamp).file("deals_api", "jsonl")
        found[PACKAGES].append(DealsFile(path, rows.run_id, deals))
    return found


def _files(run_id: str, where: Place, table: Table, formats: Sequence[str]) -> list[Sink]:
    found: list[Sink] = []
    if "jsonl" in formats:
        found.append(JsonLines(where.file(table.name, "jsonl"), run_id, table))
    if "csv" in formats:
        found.append(Csv(where.file(table.name, "csv"), run_id, table))
    if "json" in formats:
        found.append(JsonArray(where.file(table.name, "json")))
    if "parquet" in formats:
        found.append(Parquet(where.file(table.name, "parquet"), run_id, table))
    return found


def _add_worksheets(found: Mapping[Table, list[Sink]], rows: Rows, spreadsheet_id: str) -> None:
    from cli.exports.google import open_spreadsheet  # noqa: PLC0415 - loads Google's libraries
    from cli.exports.sheets import Worksheet  # noqa: PLC0415 - same

    spreadsheet = open_spreadsheet(spreadsheet_id)
    for table, its in found.items():
        its.append(Worksheet(spreadsheet, table, rows.run_id, rows.revision))
