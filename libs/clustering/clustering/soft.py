"""Which further clusters a row belongs to: those that hold enough of its nearest neighbours."""

from collections.abc import Iterable

import numpy as np
from scipy.sparse import csr_matrix

from clustering.groups import Labels, Members
from clustering.neighbours import Neighbours
from contracts.settings import ClusterSettings

DIGITS = 9  # sums of the same weights in another order are the same membership


def shares(found: Neighbours, home: Labels, clusters: int) -> csr_matrix:
    """Of each row's neighbours, weighted by likeness, the share at home in each cluster.

    A row sums to less than one where neighbours are at home in none.
    """
    weights = np.maximum(found.likeness, 0).astype(np.float64)
    total = weights.sum(axis=1, keepdims=True)
    weights = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
    labels = home[found.rows]
    rows, places = np.nonzero(labels >= 0)
    held = csr_matrix((weights[rows, places], (rows, labels[rows, places])), shape=(len(labels), clusters))
    held.sum_duplicates()
    held.data = np.round(held.data, DIGITS)
    return held


def invitations(
    membership: csr_matrix, rows: Members, home: Labels, threshold: float
) -> list[tuple[int, int]]:
    """Rows and the clusters, other than home, where their membership reaches the threshold: the best first.

    Line n of the memberships is about `rows[n]`. A lower threshold only appends to the list.
    """
    found = membership.tocoo()
    guests = rows[found.row]
    enough = (found.data >= threshold) & (home[guests] >= 0) & (found.col != home[guests])
    guests, hosts = guests[enough], found.col[enough]
    order = np.lexsort((hosts, guests, -found.data[enough]))
    return list(zip(guests[order].tolist(), hosts[order].tolist(), strict=True))


def with_guests(
    clusters: list[list[int]], invited: Iterable[tuple[int, int]], settings: ClusterSettings
) -> list[list[int]]:
    """Guests come as invited, while the row may join more clusters and the cluster has room.

    Whoever comes stays, so a lower threshold never takes a guest away.
    """
    hosts = [set(cluster) for cluster in clusters]
    joined: dict[int, int] = {}
    for row, at in invited:
        clusters_of_row = joined.get(row, 1)
        room = len(hosts[at]) < settings.max_deals_per_cluster
        if room and clusters_of_row < settings.max_clusters_per_deal:
            hosts[at].add(row)
            joined[row] = clusters_of_row + 1
    return [sorted(host) for host in hosts]
