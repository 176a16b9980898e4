"""How things are said: to people in a terminal, or in plain lines to a file."""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

from rich.console import Console
from rich.markup import escape
from rich.table import Table

WIDE = 140  # where the output is no terminal, lines are not broken at 80


def console() -> Console:
    terminal = Console(highlight=False)
    return terminal if terminal.is_terminal else Console(highlight=False, width=WIDE)


def plain(text: object) -> str:
    """Text from upstream, fit for a terminal: no escape sequences and no markup."""
    shown = "".join(sign for sign in str(text) if sign in "\n\t" or unicodedata.category(sign)[0] != "C")
    return escape(shown)


def table(*columns: str, right: Sequence[str] = (), title: str | None = None) -> Table:
    made = Table(title=title, title_justify="left", box=None, header_style="bold", pad_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made


def listed(words: Iterable[object], otherwise: str = "-") -> str:
    return ", ".join(plain(word) for word in words) or otherwise


def usd(amount: float, unpriced_calls: int = 0) -> str:
    unknown = f" + {unpriced_calls} calls of unknown price" if unpriced_calls else ""
    return f"{amount:.4f} USD{unknown}"


def clock(at: datetime | None) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S") if at else "-"


def span(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{seconds:.0f} s"
