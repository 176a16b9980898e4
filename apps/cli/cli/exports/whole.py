"""Files that are written whole: the JSON array and the XLSX workbook. They are always valid, and never half.

They are made again from all lines whenever an exporter starts, so they heal by themselves.
"""

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cli.exports import places
from cli.exports.cells import Cell, Table, row, short
from cli.exports.lines import Line

if TYPE_CHECKING:
    from openpyxl import Workbook

UNFIT_FOR_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class JsonArray:
    rest_seconds = 2.0

    def __init__(self, path: Path) -> None:
        self.path = path
        self.elements: list[bytes] = []

    def open(self) -> frozenset[str]:
        return frozenset()

    def add(self, lines: Sequence[Line]) -> None:
        self.elements += [line.model_dump_json().encode() for line in lines]

    def flush(self) -> None:
        body = b",\n".join(self.elements)
        places.replace(self.path, b"[\n" + body + b"\n]\n" if body else b"[]\n")


class Book:
    """One workbook with a sheet for each table."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sheets: dict[str, tuple[Table, list[list[Cell]]]] = {}

    def sheet(self, table: Table) -> "Sheet":
        self.sheets[table.sheet] = (table, [])
        return Sheet(self, table)

    def save(self) -> None:
        from openpyxl import Workbook  # noqa: PLC0415 - takes a third of a second to load

        book = Workbook(write_only=True)
        for table, rows in self.sheets.values():
            _fill(book, table, rows)
        body = io.BytesIO()
        book.save(body)
        places.replace(self.path, body.getvalue())


class Sheet:
    rest_seconds = 15.0

    def __init__(self, book: Book, table: Table) -> None:
        self.book = book
        self.table = table

    def open(self) -> frozenset[str]:
        return frozenset()

    def add(self, lines: Sequence[Line]) -> None:
        _, rows = self.book.sheets[self.table.sheet]
        rows += [[_fit(cell) for cell in row(self.table.columns, line)] for line in lines]

    def flush(self) -> None:
        self.book.save()


def _fill(book: "Workbook", table: Table, rows: Sequence[Sequence[Cell]]) -> None:
    sheet = book.create_sheet(table.sheet)
    sheet.freeze_panes = "A2"
    for column, width in (("A", 40), ("B", 40), ("C", 60)):
        sheet.column_dimensions[column].width = width
    sheet.append(table.titles)
    for cells in rows:
        sheet.append(cells)


def _fit(cell: Cell) -> Cell:
    return short(UNFIT_FOR_XML.sub(" ", cell)) if isinstance(cell, str) else cell
