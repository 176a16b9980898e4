"""What became of each row of a file: kept, skipped or rejected, and why."""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

MAX_ROW: Final = 1_000  # characters of a rejected row that are shown
MAX_CELL: Final = 60  # characters of a cell that a reason quotes
RUN_BY_SPREADSHEETS: Final = ("=", "+", "-", "@", "\t", "\r")
TITLES: Final = ("line", "code", "reason", "what to do", "row")


class RowCode(StrEnum):
    """Why a row was rejected."""

    CELLS = "cells"
    OPEN_QUOTE = "open_quote"
    NO_ID = "no_id"
    NO_NAME = "no_name"
    NO_DATE = "no_date"
    BAD_NUMBER = "bad_number"
    BAD_DATE = "bad_date"
    BAD_CURRENCY = "bad_currency"
    NEGATIVE = "negative"
    ZERO_QUANTITY = "zero_quantity"
    TWO_CURRENCIES = "two_currencies"
    DUPLICATE_ID = "duplicate_id"
    UNFIT = "unfit"

    @property
    def advice(self) -> str:
        return ADVICE[self]


ADVICE: Final[Mapping[RowCode, str]] = {
    RowCode.CELLS: "Give the row as many cells as the header has; put cells with separators in quotes.",
    RowCode.OPEN_QUOTE: "Close the quote; write a quote inside a quoted cell twice.",
    RowCode.NO_ID: "Fill in the id.",
    RowCode.NO_NAME: "Fill in the name of the product.",
    RowCode.NO_DATE: "Fill in the date in at least one row of the order.",
    RowCode.BAD_NUMBER: "Write a number, such as 1234.50, or leave the cell empty.",
    RowCode.BAD_DATE: "Write the date as 2026-03-31 or 2026-03-31T14:05:00+02:00.",
    RowCode.BAD_CURRENCY: "Write the currency as three letters, such as EUR.",
    RowCode.NEGATIVE: "Correct the amount; nothing costs less than nothing.",
    RowCode.ZERO_QUANTITY: "Write how many were bought, or leave the row out.",
    RowCode.TWO_CURRENCIES: "Give all rows of the order one currency.",
    RowCode.DUPLICATE_ID: "Give each product an id of its own, or leave one of the rows out.",
    RowCode.UNFIT: "Shorten or correct what the reason names.",
}


class Skip(StrEnum):
    """Why a row that is not wrong was left out."""

    PICTURE = "skipped: they hold pictures, no variant"
    OFF_SALE = "skipped: their product is a draft, archived or not published"
    REPEATED = "skipped: they repeat a product word for word"
    CANCELLED = "skipped: their order was cancelled or refunded"
    RETURN = "skipped: a negative quantity is a return"
    NO_ITEM = "skipped: they name no item of the order"


class Unreadable(Exception):
    """A row, or a cell of it, that cannot be used."""

    def __init__(self, code: RowCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class RejectedRow:
    line: int  # of the file, where the row begins
    code: RowCode
    reason: str
    row: str  # the cells that were read; what else a file holds of people is not kept


@dataclass(frozen=True, slots=True)
class Report:
    rows: int
    kept: int
    skipped: int
    rejected: Sequence[RejectedRow]
    remarks: tuple[str, ...]

    @property
    def codes(self) -> Mapping[str, int]:
        counts = Counter(row.code for row in self.rejected)
        return {code.value: counts[code] for code in sorted(counts)}

    def to_csv(self) -> bytes:
        """The rejected rows; with a byte order mark, by which spreadsheets know UTF-8."""
        file = io.StringIO(newline="")
        writer = csv.writer(file)
        writer.writerow(TITLES)
        for row in self.rejected:
            texts = (row.code.value, row.reason, row.code.advice, row.row)
            writer.writerow((row.line, *map(_harmless, texts)))
        return file.getvalue().encode("utf-8-sig")


@dataclass(slots=True)
class Tally:
    """A report while it is being made."""

    rows: int = 0
    kept: int = 0
    skips: Counter[Skip] = field(default_factory=Counter)
    rejected: list[RejectedRow] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)  # a remark -> how many rows it is true of

    def reject(self, line: int, why: Unreadable, cells: Sequence[str]) -> None:
        self.rejected.append(RejectedRow(line, why.code, why.reason, _joined(cells)))

    def report(self, remarks: Sequence[str]) -> Report:
        skips = [f"{_rows(self.skips[skip])} {skip.value}." for skip in Skip if self.skips[skip]]
        notes = [f"{_rows(count)} {note}" for note, count in sorted(self.notes.items())]
        rejected = tuple(sorted(self.rejected, key=lambda row: row.line))
        told = (*remarks, *skips, *notes)
        return Report(self.rows, self.kept, self.skips.total(), rejected, told)


def quoted(text: str) -> str:
    return repr(text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…")


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(RUN_BY_SPREADSHEETS) else text


def _joined(cells: Sequence[str]) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="").writerow(cells)
    return file.getvalue()[:MAX_ROW]
