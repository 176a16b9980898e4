"""Which two products are bought together, and in how many orders."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, Self

import numpy as np
from scipy.sparse import csr_array

from bundling.deadline import Deadline
from bundling.mining.baskets import Baskets
from bundling.orders import Index, Whole

BLOCK_CELLS: Final = 4_000_000  # pairs counted at once, about 100 MB: those of an endless order fit in parts
LEAST_TOGETHER: Final = 2  # orders: what happened once says nothing, and most pairs happened once
NEVER: Final = Deadline()


@dataclass(frozen=True, slots=True)
class PairShard:
    """Pairs whose left product is one of these rows."""

    first_row: int
    end_row: int


@dataclass(frozen=True, slots=True)
class Pairs:
    """Sorted by left and right row, left < right."""

    left: Index = field(repr=False)
    right: Index = field(repr=False)
    together: Index = field(repr=False)  # orders that hold both
    complete: bool = True  # False: the deadline came first, and pairs of the last left rows are missing

    @property
    def size(self) -> int:
        return len(self.left)

    @classmethod
    def none(cls) -> Self:
        empty = np.empty(0, np.int32)
        return cls(empty, empty, empty)

    def to_bytes(self) -> bytes:
        file = io.BytesIO()
        np.savez_compressed(
            file,
            allow_pickle=False,
            left=self.left,
            right=self.right,
            together=self.together,
            complete=np.array(self.complete),
        )
        return file.getvalue()

    @classmethod
    def from_bytes(cls, body: bytes) -> Self:
        with np.load(io.BytesIO(body), allow_pickle=False) as archive:
            return cls(archive["left"], archive["right"], archive["together"], bool(archive["complete"]))


def count_pairs(
    baskets: Baskets,
    *,
    least: int = LEAST_TOGETHER,
    shard: PairShard | None = None,
    deadline: Deadline = NEVER,
) -> Pairs:
    """All pairs bought together at least so often."""
    often = baskets.item_counts >= least
    counter = _Counter.of(baskets.only(often), least)
    first, end = (shard.first_row, shard.end_row) if shard else (0, baskets.products)
    found, complete = [], True
    for block in counter.blocks(int(often[:first].sum()), int(often[:end].sum())):
        if deadline.passed():
            complete = False
            break
        found.append(counter.counted(block))
    one, row_of = _joined(found), np.flatnonzero(often).astype(np.int32)
    return Pairs(row_of[one.left], row_of[one.right], one.together, complete)


def shards(item_counts: Whole, count: int) -> tuple[PairShard, ...]:
    """All rows, in at most `count` parts with about as many pairs each, were products bought at random."""
    after = item_counts.sum() - np.cumsum(item_counts)
    work = np.concatenate([[0.0], np.cumsum(item_counts * after.astype(np.float64))])
    cuts = np.searchsorted(work, work[-1] * np.arange(1, count) / count).tolist()
    bounds = sorted({0, len(item_counts), *cuts})
    return tuple(PairShard(first, end) for first, end in pairwise(bounds))


def merged(parts: Sequence[Pairs]) -> Pairs:
    """Of shards that do not overlap, in any order: what one count of all gives."""
    one = _joined(parts)
    order = np.lexsort((one.right, one.left))
    complete = all(part.complete for part in parts)
    return Pairs(one.left[order], one.right[order], one.together[order], complete)


@dataclass(frozen=True, slots=True)
class _Counter:
    """Orders x products and its transpose: a product of the two, part by part, counts pairs."""

    orders: csr_array
    products: csr_array
    cells: Whole  # the most pairs of all products before each
    least: int

    @classmethod
    def of(cls, baskets: Baskets, least: int) -> Self:
        ones = np.ones(len(baskets.rows), np.int32)
        orders = csr_array((ones, baskets.rows, baskets.starts), (baskets.orders, baskets.products))
        products = orders.T.tocsr()
        most = np.minimum(products @ baskets.sizes, baskets.products)
        return cls(orders, products, np.concatenate([[0], np.cumsum(most)]), least)

    def blocks(self, first: int, end: int) -> Iterator[slice]:
        while first < end:
            room = self.cells[first] + BLOCK_CELLS
            stop = min(end, max(first + 1, int(np.searchsorted(self.cells, room, side="right")) - 1))
            yield slice(first, stop)
            first = stop

    def counted(self, block: slice) -> Pairs:
        right_rows = self.orders[:, block.start :]  # a pair is counted from its left product alone
        together = (self.products[block] @ right_rows).tocoo()
        kept = (together.col > together.row) & (together.data >= self.least)
        left, right = together.row[kept], together.col[kept]
        order = np.lexsort((right, left))
        return Pairs(
            (left[order] + block.start).astype(np.int32),
            (right[order] + block.start).astype(np.int32),
            together.data[kept][order],
        )


def _joined(parts: Sequence[Pairs]) -> Pairs:
    none = np.empty(0, np.int32)
    return Pairs(
        np.concatenate([none, *(part.left for part in parts)]),
        np.concatenate([none, *(part.right for part in parts)]),
        np.concatenate([none, *(part.together for part in parts)]),
    )
