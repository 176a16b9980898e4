"""Numbers and prices as people write them: 1.234,50 and 1,234.50, with signs of currencies."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from uploads.report import RowCode, Unreadable, quoted

MAX_NUMBER: Final = 1e15  # as for numbers of events
NOTHING: Final = frozenset({"", "-", "nan", "null", "none", "n/a", "na", "nat"})
SIGNS: Final = {"€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW", "US$": "USD"}  # $ and ¥ are several

NUMBER: Final = re.compile(r"(?P<minus>[-+]?)(?P<digits>[0-9][0-9.,'\u2019\s]*|[.,][0-9]+)")
PLAIN: Final = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?[eE][-+]?[0-9]{1,3}")
COIN: Final = r"[A-Za-z]{3}|[A-Za-z]{0,2}[$€£¥₹₩₺₽]|kr|zł"
MONEY: Final = re.compile(
    rf"(?P<minus>[-+]?)\s*(?P<before>{COIN})?\s*(?P<number>[-+]?[0-9.,][0-9.,'\u2019\s]*)(?P<after>{COIN})?"
)
EITHER: Final = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")  # 1,234: a thousand or a fraction
MARKS: Final = re.compile(r"[.,]")
NO_FIGURES: Final = re.compile(r"[^0-9.,]")
SPACES: Final = re.compile(r"['\u2019\s]")


@dataclass(frozen=True, slots=True)
class Money:
    amount: float
    currency: str  # empty: not said


def decimal_mark(cells: Iterable[str], separator: str) -> str:
    """What stands before fractions in a file, by its cells that leave no doubt."""
    sure = {mark for cell in cells if (mark := _sure_mark(cell))}
    if len(sure) == 1:
        return sure.pop()
    return "," if separator == ";" and not sure else "."  # lands of the comma separate by semicolon


def number(text: str, mark: str) -> float | None:
    """None: nothing is said."""
    cell = text.strip()
    if cell.casefold() in NOTHING:
        return None
    found = NUMBER.fullmatch(cell)
    value = float(cell) if PLAIN.fullmatch(cell) else found and _value(found["digits"], mark)
    if value is None:
        raise Unreadable(RowCode.BAD_NUMBER, f"{quoted(cell)} is no number")
    signed = -value if found and found["minus"] == "-" else value
    if abs(signed) > MAX_NUMBER:
        raise Unreadable(RowCode.UNFIT, f"{quoted(cell)} is too large a number")
    return signed


def money(text: str, mark: str) -> Money | None:
    """None: nothing is said."""
    found = MONEY.fullmatch(text.strip())
    if found is None:
        plain = number(text, mark)
        return None if plain is None else Money(plain, "")
    amount = number(found["minus"] + found["number"], mark)
    coin = found["before"] or found["after"] or ""
    return None if amount is None else Money(amount, SIGNS.get(coin, _code(coin)))


def currency_code(text: str) -> str:
    """Empty: not said."""
    code = text.strip().upper()
    if code.casefold() in NOTHING:
        return ""
    if not _code(code):
        raise Unreadable(RowCode.BAD_CURRENCY, f"{quoted(code)} is no currency")
    return code


def _code(text: str) -> str:
    return text.upper() if len(text) == 3 and text.isascii() and text.isalpha() else ""  # noqa: PLR2004 - ISO 4217


def _value(digits: str, mark: str) -> float | None:
    figures = SPACES.sub("", digits)
    marks = MARKS.findall(figures)
    if not marks:
        return float(figures)
    last = marks[-1]
    if marks.count(last) > 1 or (EITHER.fullmatch(figures) and last != mark):
        return float(figures.replace(last, "")) if _grouped(figures, last) else None
    whole, _, fraction = figures.rpartition(last)
    if not _grouped(whole, "," if last == "." else "."):
        return None
    return float(f"{MARKS.sub('', whole)}.{fraction}")


def _grouped(whole: str, mark: str) -> bool:
    """Without groups, or 1,234,567 or, as in India, 12,34,567."""
    first, *rest = whole.split(mark)
    if not rest:
        return whole == "" or whole.isdecimal()
    sizes = {len(part) for part in rest[:-1]}
    return (
        all(part.isdecimal() for part in (first, *rest))
        and len(first) <= 3  # noqa: PLR2004 - of a group
        and len(rest[-1]) == 3  # noqa: PLR2004
        and sizes in (set(), {2}, {3})
    )


def _sure_mark(cell: str) -> str:
    """Empty: the cell can be read either way."""
    figures = NO_FIGURES.sub("", cell)
    marks: list[str] = MARKS.findall(figures)
    if not marks or marks.count(marks[-1]) > 1 or EITHER.fullmatch(figures):
        return ""
    return marks[-1]
