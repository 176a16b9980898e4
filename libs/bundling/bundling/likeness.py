"""How products go together by their texts, measured by what is usual in the catalogue."""

from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np

from bundling.catalog import Catalog, Index, Real, Vectors

SAMPLED: Final = 400  # products whose likeness to each other stands for the catalogue: 80,000 pairs
LOW: Final = 0.5  # quantile of its cosines: below, two products have nothing to do with each other
HIGH: Final = 0.99  # quantile: above, they are the same


@dataclass(frozen=True, slots=True)
class Likeness:
    """Cosines mean nothing by themselves: what is near in one catalogue is far in another.

    So the band of complements, alike but not the same, is set by quantiles of the catalogue's own pairs.
    """

    vectors: Vectors = field(repr=False)
    low: float
    high: float

    @classmethod
    def of(cls, catalog: Catalog) -> Self:
        sample = catalog.vectors[_spread(catalog.size)]
        if len(sample) < 2 or not sample.shape[1]:  # noqa: PLR2004 - a pair
            return cls(catalog.vectors, 0.0, 1.0)
        cosines = (sample @ sample.T)[np.triu_indices(len(sample), 1)]
        low, high = np.quantile(cosines, [LOW, HIGH])
        return cls(catalog.vectors, float(low), float(high))

    def cosines(self, row: int, rows: Index) -> Real:
        return np.asarray(self.vectors[rows] @ self.vectors[row], np.float64)

    def fit(self, row: int, rows: Index) -> Real:
        """From 0 (nothing in common, or the same) to 1 (at the upper edge of the band)."""
        if not self.vectors.shape[1]:
            return np.zeros(len(rows))
        cosines = self.cosines(row, rows)
        width = max(self.high - self.low, 1e-9)
        rising = 0.5 + 0.5 * (cosines - self.low) / width  # half at the lower edge
        falling = (1.0 - cosines) / max(1.0 - self.high, 1e-9)
        return np.clip(np.where(cosines <= self.high, rising, falling), 0.0, 1.0)

    def complements(self, row: int, rows: Index) -> Index:
        """Those of the rows inside the band."""
        if not self.vectors.shape[1]:
            return rows[:0]
        cosines = self.cosines(row, rows)
        return rows[(cosines >= self.low) & (cosines <= self.high)]

    def of_set(self, rows: tuple[int, ...]) -> float:
        """Mean fit of all its pairs."""
        fits = [self.fit(row, np.array(rows[place + 1 :], np.int32)) for place, row in enumerate(rows[:-1])]
        return float(np.concatenate(fits).mean()) if fits else 0.0


def _spread(size: int) -> Index:
    """Rows at even distances, so that the same catalogue gives the same sample."""
    return np.unique(np.linspace(0, size - 1, min(size, SAMPLED)).astype(np.int32))
