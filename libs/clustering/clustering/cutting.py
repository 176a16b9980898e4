"""Rows divided by likeness."""

import warnings

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

from clustering.groups import Members, Vectors

STARTS = 4  # k-means keeps the best of so many


def divided(
    vectors: Vectors, rows: Members, clusters: int, *, seed: int, starts: int = STARTS
) -> list[Members]:
    """K-means of some rows; fewer parts where rows are equal."""
    clusters = min(clusters, len(rows))
    if clusters <= 1:
        return [rows]
    fitted = KMeans(clusters, n_init=starts, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # equal rows: fewer places than clusters
        labels = fitted.fit_predict(vectors[rows])
    return [found for label in range(clusters) if len(found := rows[labels == label])]


def halves(
    vectors: Vectors, rows: Members, *, seed: int, parts: int = 2, low: int = 1, high: int | None = None
) -> tuple[Members, Members]:
    """Two parts, cut across the line between two centres as near to the middle between them as sizes allow.

    Each side can be cut on into parts between low and high, `parts` of them in all. Equal rows are cut too.
    """
    near = divided(vectors, rows, 2, seed=seed)
    centres = np.stack([vectors[near[0]].mean(axis=0), vectors[near[-1]].mean(axis=0)])
    along = vectors[rows] @ (centres[1] - centres[0])
    middle = int(np.sum(along <= (centres[1] - centres[0]) @ (centres[0] + centres[1]) / 2))
    cut = _cut(middle, len(rows), parts, low, high or len(rows))
    order = np.argsort(along, kind="stable")
    return np.sort(rows[order[:cut]]), np.sort(rows[order[cut:]])


def _cut(middle: int, rows: int, parts: int, low: int, high: int) -> int:
    """The cut nearest to the middle that leaves both sides divisible within the sizes; half way if none."""
    possible = []
    for one in range(1, parts):
        other = parts - one
        least, most = max(one * low, rows - other * high), min(one * high, rows - other * low)
        if least <= most:
            possible.append(min(max(middle, least), most))
    return min(possible, key=lambda at: (abs(at - middle), at), default=rows // 2)
