"""The frozen input of a run as one matrix, whatever the order of its shards."""

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from clustering.groups import Vectors
from contracts import WorkFailed


@dataclass(frozen=True, slots=True)
class FrozenItems:
    """In the order of the item ids."""

    item_ids: tuple[str, ...]
    bodies: tuple[bytes, ...]
    vectors: Vectors


def frozen_items(shards: Iterable[tuple[bytes, bytes]], name_of: Callable[[bytes], str]) -> FrozenItems:
    """Put together bodies (JSON lines) and vectors (.npy) of each shard."""
    bodies: list[bytes] = []
    vectors: list[Vectors] = []
    for lines, matrix in shards:
        some = lines.splitlines()
        rows = _matrix(matrix)
        if len(rows) != len(some):
            raise WorkFailed("snapshot_damaged", f"a shard has {len(some)} items and {len(rows)} vectors")
        bodies += some
        vectors.append(rows)
    names = [name_of(body) for body in bodies]
    order = sorted(range(len(names)), key=names.__getitem__)
    return FrozenItems(
        tuple(names[at] for at in order), tuple(bodies[at] for at in order), _joined(vectors)[order]
    )


def _matrix(body: bytes) -> Vectors:
    try:
        matrix: Vectors = np.load(io.BytesIO(body), allow_pickle=False)
    except ValueError as error:
        raise WorkFailed("snapshot_damaged", f"the vectors cannot be read: {error}") from error
    return matrix


def _joined(vectors: Sequence[Vectors]) -> Vectors:
    return np.concatenate(vectors) if vectors else np.zeros((0, 1), np.float32)
