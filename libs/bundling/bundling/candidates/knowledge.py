"""What is known of which products go together, by orders and by texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bundling.bundle import Evidence
from bundling.catalog import Flags, Index, Real
from bundling.likeness import Likeness


class Partners(Protocol):
    """Products ranked by how well they complete an anchor, by orders. Scores are in [0, 1]."""

    def best(self, anchor: int, count: int, allowed: Flags) -> tuple[Index, Real]: ...

    def scores(self, anchor: int, rows: Index) -> Real: ...


class Associations(Protocol):
    """Pairs that chance does not explain."""

    def beside(self, anchor: int) -> Index:
        """Products associated with it, the surest first."""
        ...

    def evidence_of(self, rows: Sequence[int]) -> Evidence:
        """Of a set, its anchor first, as it was counted, believed or not."""
        ...


@dataclass(frozen=True, slots=True)
class Knowledge:
    partners: Partners
    associations: Associations
    likeness: Likeness
