"""A coarse partition of many rows, so that each part can be clustered alone."""

from math import ceil

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from clustering.bounding import Bounding
from clustering.cutting import divided
from clustering.groups import Members, Vectors
from contracts.settings import ClusterSettings

SAMPLE = 20_000  # rows that the centres are learned from, whatever the number of rows
BLOCK = 8192  # rows compared with the centres at a time
USUAL = 0.7  # of the largest cell: centres for so many, so that few cells have to be cut
LEAST = 10  # a cell has at least the tenth part of the largest


def cells(vectors: Vectors, settings: ClusterSettings) -> list[list[int]]:
    """Every row in one cell of at most `cell_deals` rows; one cell where all fit.

    The same vectors in the same order give the same cells; callers sort them first.
    """
    rows = np.arange(len(vectors))
    if len(rows) <= settings.cell_deals:
        return [rows.tolist()] if len(rows) else []
    with threadpool_limits(1):
        coarse = _around(vectors, _centres(vectors, settings))
        low = max(settings.min_cluster_size, settings.cell_deals // LEAST)
        bounded, _ = Bounding(vectors, low, settings.cell_deals, settings.seed).bound(coarse)
    return sorted(cell.tolist() for cell in bounded)


def _centres(vectors: Vectors, settings: ClusterSettings) -> Vectors:
    sample = np.arange(len(vectors))
    if len(sample) > SAMPLE:
        sample = np.sort(np.random.default_rng(settings.seed).choice(len(vectors), SAMPLE, replace=False))
    wanted = ceil(len(vectors) / (settings.cell_deals * USUAL))
    parts = divided(vectors, sample, wanted, seed=settings.seed, starts=1)
    return np.stack([vectors[part].mean(axis=0) for part in parts])


def _around(vectors: Vectors, centres: Vectors) -> list[Members]:
    """Each row at its nearest centre."""
    least = np.sum(centres * centres, axis=1) / 2
    nearest = np.concatenate(
        [
            np.argmax(vectors[start : start + BLOCK] @ centres.T - least, axis=1)
            for start in range(0, len(vectors), BLOCK)
        ]
    )
    return [np.flatnonzero(nearest == at) for at in range(len(centres))]
