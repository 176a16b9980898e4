"""Measures of lists. Each is in [0, 1]; higher is better, or wider for those of all lists."""

from collections.abc import Sequence

import numpy as np

from bundling.catalog import Catalog, Index, Real
from bundling.orders import Whole


def hit(offered: Index, relevant: Index) -> float:
    """1 where any of the list was bought."""
    return float(np.isin(offered, relevant).any())


def ndcg(offered: Index, relevant: Index, k: int) -> float:
    """Gain 1 / log2(place + 1) of each that was bought, over that of the best list of k."""
    discounts = 1.0 / np.log2(np.arange(2, k + 2))
    best = float(discounts[: len(relevant)].sum())
    found = float(discounts[: len(offered[:k])][np.isin(offered[:k], relevant)].sum())
    return found / best if best > 0 else 0.0


def coverage(lists: Sequence[Index], size: int) -> float:
    """Share of the catalogue that is in any list."""
    return len(np.unique(np.concatenate(lists))) / size if lists and size else np.nan


def diversity(rows: Index, catalog: Catalog) -> float:
    """1 - mean cosine of its pairs; without vectors the share of distinct categories. nan: no pair."""
    if len(rows) < 2:  # noqa: PLR2004 - a pair
        return np.nan
    if not catalog.vectors.shape[1]:
        return len(np.unique(_kinds(rows, catalog))) / len(rows)
    vectors = catalog.vectors[rows].astype(np.float64)
    cosines = (vectors @ vectors.T)[np.triu_indices(len(rows), 1)]
    return float(1.0 - np.clip(cosines, 0.0, 1.0).mean())


def surprise(sold_in: Whole, orders: int) -> Real:
    """-log2 of the share of orders that hold a product, one order added, over that of one never sold."""
    most = np.log2(orders + 1.0)
    return 1.0 - np.log2(sold_in + 1.0) / most if most > 0 else np.ones(len(sold_in))


def _kinds(rows: Index, catalog: Catalog) -> Index:
    """Its category or, where a product has none, its family: numbered apart."""
    category = catalog.category[rows]
    return np.where(category >= 0, category, -1 - catalog.family[rows])
