"""Cells: parts of a run's input, each clustered for itself, and what an earlier revision made of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from clusterer.domain.clusters import FrozenDeals
from contracts import Entity
from contracts.deals import SnapshotShard

TOO_GROWN = 2  # times the size that a new cell has: then all is clustered anew
MOSTLY = 0.5  # of the deals: where more have moved, there is little to keep


class CellCluster(Entity):
    """A cluster of a cell, the revision that made it, and which of its deals are at home in it."""

    cluster_id: UUID
    revision: int
    deal_ids: tuple[str, ...]
    home_ids: tuple[str, ...]


class CellResult(Entity):
    """What a cell became. It is stored; later revisions build on it."""

    number: int
    clusters: tuple[CellCluster, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def deal_ids(self) -> frozenset[str]:
        return frozenset(self.left).union(*(cluster.deal_ids for cluster in self.clusters))


class Cell(Entity):
    """What one task clusters: around the clusters of `base`, or anew where there are none."""

    number: int
    shards: tuple[SnapshotShard, ...]
    base: tuple[CellCluster, ...] = ()
    moved: tuple[str, ...] = ()  # deals that have no place in `base`, or another one than they had


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different from an earlier input."""

    moved: frozenset[str]  # new, or with another vector
    changed: frozenset[str]  # these, and those with other content, and those that are gone


@dataclass(frozen=True, slots=True)
class PlannedCell:
    number: int
    rows: Sequence[int]
    base: tuple[CellCluster, ...] = ()
    moved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    cells: tuple[PlannedCell, ...]
    untouched: tuple[CellResult, ...] = ()
    changed_deals: int | None = None


def anew(cells: Iterable[Sequence[int]]) -> Plan:
    return Plan(tuple(PlannedCell(number, rows) for number, rows in enumerate(cells)))


def compare(old: FrozenDeals, new: FrozenDeals) -> Changes:
    before = {item_id: row for row, item_id in enumerate(old.item_ids)}
    moved, changed = set[str](), set(before).difference(new.item_ids)
    for row, item_id in enumerate(new.item_ids):
        earlier = before.get(item_id)
        if earlier is None or not np.array_equal(old.vectors[earlier], new.vectors[row]):
            moved.add(item_id)
        elif old.bodies[earlier] != new.bodies[row]:
            changed.add(item_id)
    return Changes(frozenset(moved), frozenset(changed | moved))


def plan_again(
    deals: FrozenDeals, results: Sequence[CellResult], changes: Changes, cell_deals: int, *, all_of_them: bool
) -> Plan | None:
    """Which cells have to be clustered again, around what they have. None: better all of them anew.

    `all_of_them`: even those in which nothing has changed.
    """
    rooms = _Rooms(deals, results, changes)
    if not rooms.numbers or len(rooms.moved) > MOSTLY * len(deals.item_ids):
        return None
    cells = [rooms.cell(result, all_of_them=all_of_them) for result in results]
    planned = [cell for cell in cells if isinstance(cell, PlannedCell)]
    if any(len(cell.rows) > TOO_GROWN * cell_deals for cell in planned):
        return None
    untouched = tuple(cell for cell in cells if isinstance(cell, CellResult))
    return Plan(tuple(planned), untouched, len(changes.changed))


class _Rooms:
    """Where each deal is: in the cell where it was, or, if it has moved, in the nearest."""

    def __init__(self, deals: FrozenDeals, results: Sequence[CellResult], changes: Changes) -> None:
        self.deals = deals
        self.changes = changes
        known = {item_id: result.number for result in results for item_id in result.deal_ids}
        self.stays = [None if item in changes.moved else known.get(item) for item in deals.item_ids]
        numbers = {number for number in self.stays if number is not None}
        self.numbers = sorted(numbers)
        self.moved = [row for row, number in enumerate(self.stays) if number is None]
        self.rows = {number: list[int]() for number in self.numbers}
        for row, number in enumerate(self._places()):
            self.rows[number].append(row)

    def cell(self, result: CellResult, *, all_of_them: bool) -> PlannedCell | CellResult:
        rows = self.rows.get(result.number, [])
        if not rows:
            return CellResult(number=result.number)
        if not (all_of_them or self._is_touched(result, rows)):
            return result
        here = [self.deals.item_ids[row] for row in rows]
        placed = {item_id for cluster in result.clusters for item_id in cluster.deal_ids}
        moved = tuple(item for item in here if item in self.changes.moved or item not in placed)
        return PlannedCell(result.number, rows, result.clusters, moved)

    def _is_touched(self, result: CellResult, rows: Sequence[int]) -> bool:
        here = {self.deals.item_ids[row] for row in rows}
        return here != result.deal_ids or bool(here & self.changes.changed)

    def _places(self) -> list[int]:
        if not self.moved or not self.numbers:
            return [number for number in self.stays if number is not None]
        nearest = iter(self._nearest())
        return [next(nearest) if number is None else number for number in self.stays]

    def _nearest(self) -> list[int]:
        """The cell whose middle is nearest, for each deal that has moved."""
        stays = np.array([-1 if number is None else number for number in self.stays])
        middles = np.stack([self.deals.vectors[stays == number].mean(axis=0) for number in self.numbers])
        likeness = self.deals.vectors[self.moved] @ middles.T
        return [self.numbers[place] for place in likeness.argmax(axis=1)]
