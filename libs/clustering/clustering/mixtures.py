"""Groups as places that rows lie around: k-means, and Gaussians whose number is chosen by BIC."""

import warnings
from math import ceil

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from clustering.cutting import divided
from clustering.groups import Found, Vectors
from contracts.settings import ClusterSettings

DIMENSIONS = 32  # that a mixture sees: in 384 its covariances are noise
SHARES = (0.5, 0.75, 1.0, 1.5, 2.0)  # of the number that the maximum size asks for
ROUNDS = 60
LEAST_VARIANCE = 1e-4


def k_means(vectors: Vectors, settings: ClusterSettings) -> Found:
    wanted = settings.n_components or ceil(len(vectors) / settings.max_deals_per_cluster)
    return Found(divided(vectors, np.arange(len(vectors)), wanted, seed=settings.seed))


def gaussians(vectors: Vectors, settings: ClusterSettings) -> Found:
    if len(vectors) < 2:  # noqa: PLR2004 - nothing varies
        return Found([np.arange(len(vectors))])
    seen = reduced(vectors)
    usual = len(vectors) / settings.max_deals_per_cluster
    counts = [settings.n_components] if settings.n_components else [ceil(usual * share) for share in SHARES]
    fitted = [_mixture(seen, count, settings.seed) for count in sorted({min(c, len(seen)) for c in counts})]
    best = fitted[0] if len(fitted) == 1 else min(fitted, key=lambda mixture: mixture.bic(seen))
    labels = best.predict(seen)
    return Found([rows for at in range(best.n_components) if len(rows := np.flatnonzero(labels == at))])


def reduced(vectors: Vectors) -> Vectors:
    """The directions in which rows differ most."""
    centred = (vectors - vectors.mean(axis=0)).astype(np.float64)
    _, axes = np.linalg.eigh(centred.T @ centred)
    return np.asarray(centred @ axes[:, ::-1][:, :DIMENSIONS], np.float32)


def _mixture(seen: Vectors, count: int, seed: int) -> GaussianMixture:
    mixture = GaussianMixture(
        count, covariance_type="diag", reg_covar=LEAST_VARIANCE, max_iter=ROUNDS, random_state=seed
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # rounds are bounded on purpose
        return mixture.fit(seen.astype(np.float64))
