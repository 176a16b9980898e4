"""The methods by name, and what holds for all of them."""

from collections.abc import Callable

import numpy as np

from clustering.cutting import halves
from clustering.density import dense, dense_at_all_scales
from clustering.graph import communities
from clustering.groups import Found, Members, Vectors
from clustering.mixtures import gaussians, k_means
from clustering.neighbours import distinct
from clustering.trees import branches
from contracts.settings import ClusteringMethod, ClusterSettings

Method = Callable[[Vectors, ClusterSettings], Found]

METHODS: dict[ClusteringMethod, Method] = {
    "graph": communities,
    "gmm": gaussians,
    "kmeans": k_means,
    "agglomerative": branches,
    "dbscan": dense,
    "hdbscan": dense_at_all_scales,
}
PAIRWISE = 6000  # agglomerative and hdbscan look at all pairs: more rows are first divided


def find(vectors: Vectors, settings: ClusterSettings) -> Found:
    """What the method sees. Equal rows are one point to it, and always in one group."""
    points = distinct(vectors)
    result = _of_distinct(points.vectors, settings)
    return Found(points.rows_of(result.groups), result.resolution)


def _of_distinct(vectors: Vectors, settings: ClusterSettings) -> Found:
    method = METHODS[settings.clustering_method]
    if settings.clustering_method not in {"agglomerative", "hdbscan"} or len(vectors) <= PAIRWISE:
        return method(vectors, settings)
    return Found(
        [group for part in _coarse(vectors, settings) for group in _within(method, vectors, part, settings)]
    )


def _coarse(vectors: Vectors, settings: ClusterSettings) -> list[Members]:
    parts = [np.arange(len(vectors))]
    while len(parts[largest := max(range(len(parts)), key=lambda at: len(parts[at]))]) > PAIRWISE:
        parts += halves(vectors, parts.pop(largest), seed=settings.seed)
    return parts


def _within(method: Method, vectors: Vectors, part: Members, settings: ClusterSettings) -> list[Members]:
    share = settings.n_components and max(1, round(settings.n_components * len(part) / len(vectors)))
    result = method(vectors[part], settings.model_copy(update={"n_components": share}))
    return [part[group] for group in result.groups]
