"""Groups as branches of a tree of likeness."""

from math import ceil, sqrt

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from clustering.groups import Found, Vectors
from contracts.settings import ClusterSettings


def branches(vectors: Vectors, settings: ClusterSettings) -> Found:
    """Average link over cosines, cut where groups are about as large as clusters should be."""
    if len(vectors) < 2:  # noqa: PLR2004 - no tree
        return Found([np.arange(len(vectors))])
    usual = sqrt(settings.min_cluster_size * settings.max_deals_per_cluster)
    wanted = settings.n_components or ceil(len(vectors) / usual)
    labels = fcluster(linkage(_apart(vectors), "average"), wanted, "maxclust")
    return Found([np.flatnonzero(labels == label) for label in np.unique(labels)])


def _apart(vectors: Vectors) -> Vectors:
    """One minus the cosine of each pair, in the order that `linkage` reads."""
    upper = np.triu_indices(len(vectors), 1)
    cosines: Vectors = (vectors @ vectors.T)[upper]
    return np.maximum(np.float32(0), 1 - cosines)
