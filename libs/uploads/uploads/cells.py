"""Cells of one kind, each text read once: files repeat their dates and prices."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final, Generic, Self, TypeVar

from uploads.amounts import Money, decimal_mark, money, number
from uploads.columns import Places
from uploads.dates import DateReading
from uploads.report import Unreadable
from uploads.table import Table

T = TypeVar("T")

COMMA: Final = "Numbers are read with a decimal comma."
DAY_FIRST: Final = "Dates are read with the day first: one of them can be read no other way."
MONTH_FIRST: Final = "Dates are read with the month first: one of them can be read no other way."


class Once(dict[str, T | Unreadable | None], Generic[T]):
    """What each text means, or what is wrong with it."""

    def __init__(self, read: Callable[[str], T | None]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> T | Unreadable | None:
        meaning: T | Unreadable | None
        try:
            meaning = self._read(text)
        except Unreadable as error:
            meaning = error.with_traceback(None)
        self[text] = meaning
        return meaning

    def must(self, text: str) -> T | None:
        meaning = self[text]
        if isinstance(meaning, Unreadable):
            raise Unreadable(meaning.code, meaning.reason)
        return meaning

    def maybe(self, text: str) -> T | None:
        meaning = self[text]
        return None if isinstance(meaning, Unreadable) else meaning


@dataclass(frozen=True, slots=True)
class Readers:
    """How the numbers and dates of one file are read, the same way in every row."""

    number: Once[float]
    money: Once[Money]
    dates: DateReading
    remarks: Sequence[str]

    @classmethod
    def of(
        cls,
        table: Table,
        places: Places,
        numbers: tuple[str, ...],
        dates: str,
        zone: tzinfo,
        *,
        day_first: bool,
    ) -> Self:
        figures, days = table.distinct(places.some(*numbers), places.some(dates))
        mark = decimal_mark(figures, table.separator)
        reading = DateReading.of(days, zone, day_first=day_first)
        remarks = [COMMA] if mark == "," else []
        if reading.day_first != day_first:
            remarks.append(DAY_FIRST if reading.day_first else MONTH_FIRST)
        return cls(
            Once(lambda text: number(text, mark)), Once(lambda text: money(text, mark)), reading, remarks
        )
