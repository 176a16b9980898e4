"""Groups as dense places. What lies between them is noise, and is placed all the same: every deal counts."""

import warnings
from math import ceil

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.cluster import HDBSCAN

from clustering.cutting import divided, halves
from clustering.groups import Found, Labels, Members, Vectors
from clustering.mixtures import reduced
from clustering.neighbours import Neighbours, nearest
from contracts.settings import ClusterSettings

QUANTILES = tuple(np.linspace(0.1, 0.9, 9))  # of the distance to the neighbour that makes a row dense
CORE = 5  # neighbours within eps that make a row dense, itself among them
OUTSKIRTS = 0.1  # a noise row joins a group that has so large a share of members further out


def dense(vectors: Vectors, settings: ClusterSettings) -> Found:
    """DBSCAN on the graph of neighbours, with the radius that yields the most groups of minimum size."""
    if len(vectors) < 3:  # noqa: PLR2004 - no density
        return Found([np.arange(len(vectors))])
    found = nearest(vectors, settings.neighbours)
    reach = np.sort(found.likeness, axis=1)[:, -min(CORE - 1, found.likeness.shape[1])]
    tried = [_within(found, reach, float(np.quantile(reach, 1 - share))) for share in QUANTILES]
    best = max(tried, key=lambda labels: _worthy(labels, settings.min_cluster_size))
    return _counted(vectors, _all_placed(vectors, best, settings), settings)


def dense_at_all_scales(vectors: Vectors, settings: ClusterSettings) -> Found:
    if len(vectors) < max(3, settings.min_cluster_size):
        return Found([np.arange(len(vectors))])
    smallest = max(2, settings.min_cluster_size)
    fitted = HDBSCAN(min_cluster_size=smallest, min_samples=min(CORE, len(vectors)), copy=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # equal distances: a density of infinity
        labels = fitted.fit_predict(reduced(vectors)).astype(np.intp)
    return _counted(vectors, _all_placed(vectors, labels, settings), settings)


def _within(found: Neighbours, reach: Vectors, least: float) -> Labels:
    """Dense rows that are near each other are one group; a row near a dense one belongs to it; else -1."""
    core = reach >= least
    near = (found.likeness >= least) & core[found.rows]
    rows, places = np.nonzero(near & core[:, None])
    edges = csr_matrix(
        (np.ones(len(rows), np.int8), (rows, found.rows[rows, places])), shape=(len(core), len(core))
    )
    _, components = connected_components(edges, directed=False)
    labels: Labels = np.where(core, components, -1).astype(np.intp)
    border = np.flatnonzero(~core & near.any(axis=1))
    best = np.argmax(np.where(near[border], found.likeness[border], -2), axis=1)
    labels[border] = components[found.rows[border, best]]
    return labels


def _worthy(labels: Labels, least: int) -> int:
    placed = labels[labels >= 0]
    return int(np.sum(np.bincount(placed) >= least)) if len(placed) else 0


def _all_placed(vectors: Vectors, labels: Labels, settings: ClusterSettings) -> list[Members]:
    """Noise joins a group whose outskirts it lies in; the rest is divided among itself."""
    groups = [np.flatnonzero(labels == label) for label in np.unique(labels[labels >= 0])]
    noise = np.flatnonzero(labels < 0)
    if groups and len(noise):
        centres = np.stack([vectors[group].mean(axis=0) for group in groups])
        edges = [np.quantile(vectors[g] @ c, OUTSKIRTS) for g, c in zip(groups, centres, strict=True)]
        cosines = vectors[noise] @ centres.T
        nearest_group = np.argmax(cosines, axis=1)
        joins = cosines[np.arange(len(noise)), nearest_group] >= np.array(edges)[nearest_group]
        groups = [
            np.sort(np.concatenate([group, noise[joins & (nearest_group == at)]]))
            for at, group in enumerate(groups)
        ]
        noise = noise[~joins]
    if len(noise):
        groups += divided(
            vectors, noise, ceil(len(noise) / settings.max_deals_per_cluster), seed=settings.seed
        )
    return groups


def _counted(vectors: Vectors, groups: list[Members], settings: ClusterSettings) -> Found:
    """As many groups as asked for: the nearest become one, or the largest is cut in two."""
    wanted = min(settings.n_components or len(groups), len(vectors))
    if wanted < len(groups):
        centres = np.stack([vectors[group].mean(axis=0) for group in groups])
        labels = fcluster(linkage(centres, "average"), wanted, "maxclust")
        groups = [
            np.sort(np.concatenate([g for g, to in zip(groups, labels, strict=True) if to == label]))
            for label in np.unique(labels)
        ]
    while len(groups) < wanted:
        largest = groups.pop(max(range(len(groups)), key=lambda at: (len(groups[at]), -groups[at][0])))
        groups += halves(vectors, largest, seed=settings.seed)
    return Found(groups)
