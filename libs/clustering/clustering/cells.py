"""A coarse partition of many rows, so that each part can be clustered alone."""

from math import ceil

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from clustering.bounding import Bounding, kmeans
from clustering.groups import Vectors
from contracts.settings import ClusterSettings


def cells(vectors: Vectors, settings: ClusterSettings) -> list[list[int]]:
    """Every row in one cell of at most `cell_deals` rows; one cell where all fit."""
    rows = np.arange(len(vectors))
    if len(rows) <= settings.cell_deals:
        return [rows.tolist()] if len(rows) else []
    with threadpool_limits(1):
        wanted = ceil(len(rows) / settings.cell_deals)
        coarse = kmeans(vectors, rows, wanted, seed=settings.seed, starts=1)
        low = min(settings.min_cluster_size, settings.cell_deals // 2)
        bounded, _ = Bounding(vectors, low, settings.cell_deals, settings.seed).bound(coarse)
    return sorted(cell.tolist() for cell in bounded)
