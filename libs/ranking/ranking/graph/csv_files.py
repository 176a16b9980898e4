"""Nodes in a CSV file: a row for each, under a header that names the columns."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final

from ranking.graph.entry import Entry, refused, said, signs_only

SEPARATORS: Final = (",", ";", "\t")  # of columns; of equals the first
PARTED_BY: Final = ";|"  # several values in a cell


def entries(file: str, stem: str, text: str) -> Iterator[Entry]:
    rows = _rows(file, text)
    line, header = next(rows, (1, []))
    _check(f"{file}, line {line}", header)
    for place, cells in ((f"{file}, line {line}", cells) for line, cells in rows):
        if any(cells[len(header) :]) or len(cells) < len(header):
            raise refused(
                f"{place}: {len(cells)} cells under a header of {len(header)}; "
                "give each column a cell, and put cells with separators in quotes"
            )
        if "" in header and any(cell for name, cell in zip(header, cells, strict=False) if not name):
            raise refused(f"{place}: a cell stands in a column without a name; name it in the header")
        named = ((name, cell) for name, cell in zip(header, cells, strict=False) if name)
        yield Entry(place, stem, tuple(said(name, [cell]) for name, cell in named), PARTED_BY)


def _check(place: str, header: Sequence[str]) -> None:
    names = [signs_only(name) for name in header if name]
    if not any(names):
        raise refused(f"{place}: no header; the first line must name the columns")
    twice = sorted({name for name in header if name and names.count(signs_only(name)) > 1})
    if twice:
        raise refused(f"{place}: columns have one name: {', '.join(twice)}; leave one of them out")


def _rows(file: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not empty with the line where it begins."""
    first = text.lstrip().partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = 1
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield begins, stripped
            begins = reader.line_num + 1
    except csv.Error as error:
        words = (
            f"{file}, line {begins}: not CSV ({error}); close its quotes, and write one inside a cell twice"
        )
        raise refused(words) from error
