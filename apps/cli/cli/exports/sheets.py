"""Worksheets in Google Sheets: a line has a row of its own, so a repeated write is the same write."""

from collections.abc import Iterator, Sequence
from typing import Any

from gspread.exceptions import APIError, WorksheetNotFound

from cli.errors import CliError
from cli.exports.cells import Cell, Table, row, short
from cli.exports.lines import Line

ROWS_A_WRITE = 500
SIGNS_A_WRITE = 1_500_000  # Google asks for requests of at most 2 MB
LOOKS = 3
ALREADY_THERE = 400
SPARE_ROWS = 100


class Worksheet:
    """One table of one revision. The column package_id says which lines are there."""

    rest_seconds = 5.0

    def __init__(self, spreadsheet: Any, table: Table, run_id: str, revision: int) -> None:
        self.spreadsheet = spreadsheet
        self.table = table
        self.run_id = run_id
        self.title = title(table, revision)
        self.waiting: list[Line] = []
        self.sheet: Any = None

    def open(self) -> frozenset[str]:
        return frozenset(self._ids())

    def add(self, lines: Sequence[Line]) -> None:
        self.waiting += lines

    def flush(self) -> None:
        """Written and looked at: an answer may be lost, and a write of a killed exporter may come late."""
        for _ in range(LOOKS):
            rows = self._rows()
            there = {package_id for package_id, run_id in rows if run_id == self.run_id}
            missing = [line for line in self.waiting if line.key not in there]
            if not missing:
                self.waiting = []
                return
            self._write(len(rows) + 2, missing)
        raise CliError(
            f"somebody else changes the sheet {self.title!r}: run `assort export` when nobody does"
        )

    def _write(self, first: int, lines: Sequence[Line]) -> None:
        cells = [[_value(short(cell)) for cell in row(self.table.columns, line)] for line in lines]
        last = first + len(cells) - 1
        if last > self.sheet.row_count:
            self.sheet.resize(rows=last + SPARE_ROWS)
        for batch in _batches(cells):
            end = first + len(batch) - 1
            # RAW: nothing that a cell holds is ever read as a formula or a date.
            self.sheet.update(batch, f"A{first}:{_letters(len(self.table.columns))}{end}", raw=True)
            first = end + 1

    def _ids(self) -> list[str]:
        return [package_id for package_id, run_id in self._rows() if run_id == self.run_id]

    def _rows(self) -> list[tuple[str, str]]:
        """Package and run of each row below the titles; empty texts in rows that say neither."""
        self._ensure()
        at = self.table.titles.index("package_id") + 1
        found = self.sheet.get(f"{_letters(at)}2:{_letters(at + 1)}{self.sheet.row_count}")
        return [_pair(*cells) for cells in found]

    def _ensure(self) -> None:
        if self.sheet is None:
            self.sheet = self._found() or self._made()
        titles = self.table.titles
        if self.sheet.row_values(1) != titles:
            if self.sheet.row_values(1):
                raise CliError(
                    f"the sheet {self.title!r} has other columns than this version writes:"
                    " give it another name or delete it"
                )
            self.sheet.update([titles], f"A1:{_letters(len(titles))}1", raw=True)

    def _found(self) -> Any:
        try:
            return self.spreadsheet.worksheet(self.title)
        except WorksheetNotFound:
            return None

    def _made(self) -> Any:
        try:
            return self.spreadsheet.add_worksheet(self.title, rows=1000, cols=len(self.table.columns))
        except APIError as error:
            found = self._found() if error.response.status_code == ALREADY_THERE else None
            if found is None:
                raise
            return found  # it was made, and the answer was lost


def _pair(package_id: object = "", run_id: object = "") -> tuple[str, str]:
    """Empty cells at the end of a row are not sent."""
    return str(package_id), str(run_id)


def title(table: Table, revision: int) -> str:
    """A revision has sheets of its own: what it no longer offers must not stand among what it does."""
    return table.sheet if revision == 1 else f"{table.sheet} r{revision}"


def read_rows(spreadsheet: Any, table: Table, revision: int) -> list[dict[str, str]]:
    try:
        sheet = spreadsheet.worksheet(title(table, revision))
    except WorksheetNotFound:
        return []
    first, *others = sheet.get_all_values() or [[]]
    return [dict(zip(first, cells, strict=False)) for cells in others if any(cells)]


def _batches(rows: Sequence[list[Cell]]) -> Iterator[list[list[Cell]]]:
    batch: list[list[Cell]] = []
    signs = 0
    for cells in rows:
        size = sum(len(str(cell)) for cell in cells)
        if batch and (len(batch) == ROWS_A_WRITE or signs + size > SIGNS_A_WRITE):
            yield batch
            batch, signs = [], 0
        batch.append(cells)
        signs += size
    yield batch


def _value(cell: Cell) -> Cell:
    """Null would leave alone what a cell holds."""
    return "" if cell is None else cell


def _letters(column: int) -> str:
    """1 is A, 27 is AA."""
    left, letter = divmod(column - 1, 26)
    return (_letters(left) if left else "") + chr(ord("A") + letter)
