"""Groups as communities of the graph of neighbours, as fine as they stay the same when it is shaken."""

from dataclasses import dataclass
from itertools import combinations

import graspologic_native
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, triu
from sklearn.metrics import adjusted_rand_score

from clustering.groups import Found, Labels, Members, Vectors
from clustering.neighbours import nearest
from contracts.settings import ClusterSettings

RESOLUTIONS = tuple(2 ** (step / 2) for step in range(13))  # 1 to 64: each cuts about a third finer
DROPPED = 0.2  # share of the edges that a shaken graph lacks
SHAKES = 4
TRIALS = 4  # of the cut that counts; the best is kept
AS_STABLE = 0.02  # what so little sets apart counts as equally stable; of these the finest is taken
LIKENESS_LEAST = 1e-3  # an edge has a weight even between rows that have nothing in common
SEARCHES = 14  # halvings when a number of groups is asked for


@dataclass(frozen=True, slots=True)
class _Graph:
    """Undirected and weighted: cosines of neighbours, halved where only one of two names the other."""

    edges: csr_matrix

    def cut(self, resolution: float, seed: int, *, trials: int = 1) -> Labels:
        """One try is quick and rough, more are refined as well."""
        _, found = graspologic_native.leiden_csr(
            self.edges.indptr.astype(np.int64),
            self.edges.indices.astype(np.int32),
            self.edges.data.astype(np.float64),
            self.edges.shape[0],
            resolution=resolution,
            seed=seed,
            iterations=2 if trials > 1 else 1,
            trials=trials,
        )
        return np.array([found[node] for node in range(self.edges.shape[0])], np.intp)

    def shaken(self, chance: np.random.Generator) -> "_Graph":
        """Without some of the edges."""
        upper = triu(self.edges, 1).tocoo()
        kept = chance.random(upper.nnz) >= DROPPED
        return _joined(upper.row[kept], upper.col[kept], upper.data[kept], self.edges.shape[0])


def communities(vectors: Vectors, settings: ClusterSettings) -> Found:
    if len(vectors) < 3:  # noqa: PLR2004 - no graph to cut
        return Found([np.arange(len(vectors))], 1.0)
    graph = _graph_of(vectors, settings.neighbours)
    wanted = settings.n_components
    resolution = (
        _stable(graph, settings.min_cluster_size, settings.seed)
        if wanted is None
        else _closest(graph, wanted, settings.seed)
    )
    return Found(_parts(graph.cut(resolution, settings.seed, trials=TRIALS)), resolution)


def _graph_of(vectors: Vectors, k: int) -> _Graph:
    found = nearest(vectors, k)
    from_ = np.repeat(np.arange(len(vectors)), found.rows.shape[1])
    weights = np.maximum(found.likeness.ravel(), LIKENESS_LEAST).astype(np.float64)
    return _joined(from_, found.rows.ravel(), weights / 2, len(vectors))


def _joined(one: Members, other: Members, weights: NDArray[np.float64], rows: int) -> _Graph:
    directed = csr_matrix((weights, (one, other)), shape=(rows, rows))
    edges = (directed + directed.T).tocsr()
    edges.sort_indices()
    return _Graph(edges)


def _stable(graph: _Graph, least: int, seed: int) -> float:
    """The finest resolution at which shaken graphs agree about as well as at any other.

    Finer than `least` rows a group on average is not looked at: where all are alone all agree.
    """
    chance = np.random.default_rng(seed)
    shaken = [graph.shaken(chance) for _ in range(SHAKES)]
    agreed: list[tuple[float, float]] = []
    for resolution in RESOLUTIONS:
        cuts = [each.cut(resolution, seed + at) for at, each in enumerate(shaken)]
        if agreed and np.mean([cut.max() + 1 for cut in cuts]) * least > len(cuts[0]):
            break
        agreed.append((resolution, _agreement(cuts)))
    best = max(agreement for _, agreement in agreed)
    return max(resolution for resolution, agreement in agreed if agreement >= best - AS_STABLE)


def _agreement(cuts: list[Labels]) -> float:
    return float(np.mean([adjusted_rand_score(one, other) for one, other in combinations(cuts, 2)]))


def _closest(graph: _Graph, wanted: int, seed: int) -> float:
    """The resolution whose number of groups comes closest to `wanted`: more resolution, more groups."""
    low, high = -7.0, 12.0  # powers of two
    tried: list[tuple[int, float]] = []
    for _ in range(SEARCHES):
        resolution = 2 ** ((low + high) / 2)
        count = int(graph.cut(resolution, seed, trials=TRIALS).max()) + 1
        tried.append((abs(count - wanted), resolution))
        if count == wanted:
            break
        low, high = ((low + high) / 2, high) if count < wanted else (low, (low + high) / 2)
    return min(tried)[1]


def _parts(labels: Labels) -> list[Members]:
    return [np.flatnonzero(labels == label) for label in range(int(labels.max()) + 1)]
