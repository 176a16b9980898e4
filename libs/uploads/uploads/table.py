"""A file as rows of cells: its encoding, its separator, its header, and the line where each row begins."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from contracts.errors import InvalidEvent
from uploads.columns import Column, known, signs_only
from uploads.report import RowCode, Unreadable

SEPARATORS: Final = (",", ";", "\t", "|")
SEPARATOR_LINE: Final = re.compile(r"sep=.?", re.IGNORECASE)  # by which Excel is told the separator
LONGEST_CELL: Final = 131_072  # signs; a longer one is a quote that is never closed
END: Final = "\0"  # no file holds it; a row that swallows it has a quote that is never closed
UTF16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SAVE_AGAIN: Final = "save it as CSV in UTF-8 and bring it again"
CP1252: Final = "The file is not UTF-8: it was read as Windows-1252. If letters are wrong, save it as UTF-8."

# The line where a row begins, its cells with an empty one after the last, and what is wrong with it.
Row = tuple[int, list[str], Unreadable | None]


@dataclass(frozen=True, slots=True)
class Table:
    body: bytes
    encoding: str
    separator: str
    header: tuple[str, ...]
    header_line: int

    @property
    def remarks(self) -> list[str]:
        return [CP1252] if self.encoding == "cp1252" else []

    def rows(self) -> Iterator[Row]:
        """Each row that is not empty. May be read again and again."""
        width = len(self.header)
        for line, cells in records(self.body, self.encoding, self.separator):
            if line <= self.header_line or not any(cells):
                continue
            sound = len(cells) == width and cells[-1][-1:] != END
            fault = None if sound else _fault(cells, width)
            cells[width:] = [""]
            yield line, cells, fault

    def distinct(self, *groups: Sequence[int]) -> tuple[set[str], ...]:
        """The different texts in each group of columns."""
        found = tuple((set[str](), group) for group in groups)
        for _, cells, fault in self.rows():
            if fault is None:
                for texts, group in found:
                    for place in group:
                        texts.add(cells[place])
        return tuple(texts for texts, _ in found)


def open_table(body: bytes, columns: Sequence[Column], mapping: Mapping[str, str]) -> Table:
    """InvalidEvent: the file cannot be used at all."""
    encoding = encoding_of(body)

    def useful(table: Table) -> tuple[int, int]:
        return known(table.header, columns, mapping), len(table.header)

    tables = [_with_header(body, encoding, separator) for separator in SEPARATORS]
    return _best(tables, useful)


def encoding_of(body: bytes) -> str:
    if not body.strip():
        raise InvalidEvent("empty_file", "the file is empty; bring one with a header and rows")
    if body.startswith(b"PK\x03\x04"):
        raise InvalidEvent("not_text", f"the file is a workbook or an archive, not CSV; {SAVE_AGAIN}")
    if body.startswith(UTF16_MARKS):
        tried: tuple[str, ...] = ("utf-16",)
    else:
        tried = ("utf-8-sig", "cp1252")
    for encoding in tried:
        if _reads(body, encoding):
            return encoding
    raise InvalidEvent("not_text", f"the file is not text in UTF-8, UTF-16 or Windows-1252; {SAVE_AGAIN}")


def records(body: bytes, encoding: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Line and cells; a row whose quote is never closed ends with END."""
    file = io.TextIOWrapper(io.BytesIO(body), encoding, newline="")
    reader = csv.reader(chain(file, (END,)), delimiter=separator)
    begins = 1
    csv.field_size_limit(LONGEST_CELL)  # of the whole process: who set it before may have wanted more
    try:
        for cells in reader:
            if cells != [END]:
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        words = f"line {begins}: a cell is longer than any can be; maybe a quote is never closed ({error})"
        raise InvalidEvent("not_csv", words) from error


def _best(tables: Sequence[Table], useful: Callable[[Table], tuple[int, int]]) -> Table:
    best = max(tables, key=useful)  # of equals the first: the comma
    if not any(map(signs_only, best.header)):
        raise InvalidEvent("no_header", "the file has no header; its first line must name the columns")
    return best


def _with_header(body: bytes, encoding: str, separator: str) -> Table:
    rows = records(body, encoding, separator)
    named = ((line, cells) for line, cells in rows if any(map(str.strip, cells)) and not _is_hint(cells))
    line, cells = next(named, (1, []))
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    if cells and cells[-1].endswith(END):
        names = []
    return Table(body, encoding, separator, tuple(names), line)


def _is_hint(cells: Sequence[str]) -> bool:
    return len(cells) <= 2 and SEPARATOR_LINE.fullmatch("".join(cells).strip()) is not None  # noqa: PLR2004 - "sep=" and nothing


def _reads(body: bytes, encoding: str) -> bool:
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError:
        return False
    if "\0" in text:
        raise InvalidEvent(
            "not_text", f"the file holds null characters, so it is not plain text; {SAVE_AGAIN}"
        )
    return True


def _fault(cells: list[str], width: int) -> Unreadable | None:
    if cells[-1].endswith(END):
        words = "a quote that opens in this row is never closed: all that follows was taken for one cell"
        return Unreadable(RowCode.OPEN_QUOTE, words)
    if len(cells) > width and not any(cells[width:]):
        return None
    return Unreadable(RowCode.CELLS, f"the row has {len(cells)} cells, the header has {width}")
