"""The ids and names of an answer, held against what was asked."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

WORD: Final = re.compile(r"[^\W_]+")
SHOWN: Final = 10
SHORTEST_PLURAL: Final = 4
OUT_OF_SCOPE_NAME: Final = "Out of scope"


def product_names(count: int) -> list[str]:
    """How products are called in a question: the answer cannot name what stands in no question."""
    return [f"P_{number}" for number in range(count)]


def category_names(count: int) -> list[str]:
    return [f"S_{number}" for number in range(count)]


def same_name(name: str) -> str:
    """What two spellings of one name have in common."""
    return " ".join(_singular(word) for word in WORD.findall(name.casefold()))


def wrong_ids(asked: Sequence[str], named: Iterable[str]) -> list[str]:
    """Each id that was asked about has to be named exactly once, and no other."""
    times = Counter(named)
    return [
        *_some("not among those given", sorted(times.keys() - set(asked))),
        *_some("missing", [name for name in asked if name not in times]),
        *_some("named more than once", sorted(name for name, count in times.items() if count > 1)),
    ]


def wrong_names(names: Sequence[str]) -> list[str]:
    """Names tell categories apart."""
    times = Counter(map(same_name, names))
    twice = sorted({name for name in names if times[same_name(name)] > 1})
    reserved = [name for name in names if same_name(name) == same_name(OUT_OF_SCOPE_NAME)]
    empty = [name for name in names if not same_name(name)]
    return [
        *_some("names of more than one category", twice),
        *_some("no name for a category; use out_of_scope", reserved),
        *_some("no name for a category", list(map(repr, empty))),
    ]


def _some(words: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        yield f"{words}: {', '.join(names[:SHOWN])}{more}"


def _singular(word: str) -> str:
    plural = len(word) >= SHORTEST_PLURAL and word.endswith("s") and not word.endswith("ss")
    return word[:-1] if plural else word
