"""Points in time as files write them, in milliseconds since 1970, UTC."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final, Self

from uploads.amounts import NOTHING
from uploads.report import RowCode, Unreadable, quoted

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)
MONTHS: Final = 12
PIVOT: Final = 70  # years of two figures from here on are of the last century, as in POSIX

DAY: Final = (
    r"(?:(?P<y>[0-9]{4})[-/.](?P<m>[0-9]{1,2})[-/.](?P<d>[0-9]{1,2})"
    r"|(?P<a>[0-9]{1,2})(?P<mark>[-/.])(?P<b>[0-9]{1,2})(?P=mark)(?P<year>[0-9]{4}|[0-9]{2}))"
)
TIME: Final = (
    r"(?:[T ,]+(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:[.,](?P<part>[0-9]{1,9}))?)?"
    r"\s*(?P<half>[AP])?(?:\.?M\.?)?\s*(?P<zone>Z|UTC|GMT|[-+][0-9]{2}(?::?[0-9]{2})?)?)?"
)
MOMENT: Final = re.compile(DAY + TIME, re.IGNORECASE)
COMPACT: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
SINCE_1970: Final = re.compile(r"([0-9]{9,10}|[0-9]{12,13})(?:\.[0-9]+)?")
SECONDS_FIGURES: Final = 10


@dataclass(frozen=True, slots=True)
class DateReading:
    zone: tzinfo
    day_first: bool

    @classmethod
    def of(cls, cells: Iterable[str], zone: tzinfo, *, day_first: bool) -> Self:
        """As told, unless a date of the file can be read the other way alone, and none as told alone."""
        sure = {order for cell in cells if (order := _sure_order(cell)) is not None}
        return cls(zone, sure.pop() if len(sure) == 1 else day_first)

    def milliseconds(self, text: str) -> int | None:
        moment = self.moment(text)
        return None if moment is None else (moment - EPOCH) // MILLISECOND

    def moment(self, text: str) -> datetime | None:
        """None: nothing is said."""
        cell = text.strip()
        if cell.casefold() in NOTHING:
            return None
        try:
            return self._moment(cell).astimezone(UTC)
        except (ValueError, OverflowError) as error:  # 30 February, the end of the calendar
            raise Unreadable(RowCode.BAD_DATE, f"{quoted(cell)} is no date") from error

    def _moment(self, cell: str) -> datetime:
        if SINCE_1970.fullmatch(cell):
            whole = cell.partition(".")[0]
            unit = timedelta(seconds=1) if len(whole) <= SECONDS_FIGURES else MILLISECOND
            return EPOCH + int(whole) * unit
        if compact := COMPACT.fullmatch(cell):
            return datetime(*map(int, compact.groups()), tzinfo=self.zone)  # type: ignore[misc,arg-type]
        found = MOMENT.fullmatch(cell)
        if found is None:
            raise ValueError(cell)
        year, month, day = self._day(found)
        hour, minute, second, micro = _time(found)
        return datetime(year, month, day, hour, minute, second, micro, tzinfo=_zone(found) or self.zone)

    def _day(self, found: re.Match[str]) -> tuple[int, int, int]:
        if found["y"]:
            return int(found["y"]), int(found["m"]), int(found["d"])
        first, second, year = int(found["a"]), int(found["b"]), int(found["year"])
        if len(found["year"]) == len("26"):
            year += 1900 if year >= PIVOT else 2000
        day_first = self.day_first or found["mark"] == "."  # dots are written day first everywhere
        return (year, second, first) if day_first else (year, first, second)


def _time(found: re.Match[str]) -> tuple[int, int, int, int]:
    if found["hour"] is None:
        return 0, 0, 0, 0
    hour, second = int(found["hour"]), int(found["second"] or 0)
    if half := (found["half"] or "").upper():
        if not 1 <= hour <= MONTHS:
            raise ValueError(hour)
        hour = hour % 12 + (12 if half == "P" else 0)
    return hour, int(found["minute"]), second, int((found["part"] or "0")[:6].ljust(6, "0"))


def _zone(found: re.Match[str]) -> tzinfo | None:
    name = (found["zone"] or "").upper()
    if not name:
        return None
    if name in ("Z", "UTC", "GMT"):
        return UTC
    figures = name[1:].replace(":", "").ljust(4, "0")
    ahead = timedelta(hours=int(figures[:2]), minutes=int(figures[2:]))
    return timezone(-ahead if name[0] == "-" else ahead)


def _sure_order(cell: str) -> bool | None:
    """Whether the day is first; None: it can be read both ways, or not at all."""
    found = MOMENT.fullmatch(cell.strip())
    if found is None or found["a"] is None or found["mark"] == ".":
        return None
    first, second = int(found["a"]), int(found["b"])
    if (first > MONTHS) == (second > MONTHS):
        return None
    return first > MONTHS
