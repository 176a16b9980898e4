"""Whether two sides of a step name the same items, each of them once."""

from collections import Counter
from collections.abc import Iterable, Iterator

SHOWN = 5


def same(what: str, one: Iterable[str], whose: str, other: Iterable[str]) -> Iterator[str]:
    """Each of the one is once in the other, and nothing else is."""
    times, wanted = Counter(list(other)), set(one)  # of a mapping, its keys
    if missing := wanted - times.keys():
        yield f"{what} and not {whose}: {some(missing)}"
    if foreign := times.keys() - wanted:
        yield f"{whose} and not {what}: {some(foreign)}"
    if twice := {item for item, number in times.items() if number > 1}:
        yield f"{whose} more than once: {some(twice)}"


def some(items: Iterable[str]) -> str:
    ordered = sorted(items)
    more = f" and {len(ordered) - SHOWN} more" if len(ordered) > SHOWN else ""
    return ", ".join(ordered[:SHOWN]) + more
