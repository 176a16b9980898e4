"""Words of texts, and how much two of them share."""

import re
from collections.abc import Collection
from collections.abc import Set as AbstractSet
from typing import Final

WORD: Final = re.compile(r"\w+")


def words(text: str) -> frozenset[str]:
    return frozenset(WORD.findall(text.casefold()))


def overlap(left: AbstractSet[str], right: AbstractSet[str]) -> float:
    """Jaccard index; nothing is like nothing else, an empty set neither."""
    together = len(left | right)
    return len(left & right) / together if together else 0.0


def share_of(part: AbstractSet[str], whole: Collection[str]) -> float:
    """How much of `part` is in `whole`."""
    return sum(word in whole for word in part) / len(part) if part else 0.0
