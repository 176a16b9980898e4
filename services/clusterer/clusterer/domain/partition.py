"""The input of one revision, cut into cells, and what became of them."""

from dataclasses import dataclass

from contracts import Reference
from contracts.deals import ItemsFrozen


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a cell, as a row keeps it."""

    number: int
    result: Reference
    clusters: int
    left: int


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The input could not be cut into cells: all its deals have failed."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Partition:
    frozen: ItemsFrozen
    cells: int
    base_revision: int | None = None
    changed_deals: int | None = None
    given_up: GivenUp | None = None


@dataclass(frozen=True, slots=True)
class Base:
    """What an earlier revision of the run has come to, every cell of it."""

    partition: Partition
    results: tuple[Reference, ...]

    @property
    def revision(self) -> int:
        return self.partition.frozen.revision
