"""How far a difference would move had other orders of the same kind come in."""

from typing import Final

import numpy as np

from bundling.catalog import Real
from bundling.intervals import Interval

DRAWS: Final = 2000  # the bounds of a 95 % interval move by a few hundredths of its width
TAILS: Final = (0.025, 0.975)
AT_ONCE: Final = 2_000_000  # drawn numbers that are in memory at a time: 16 MB


def paired(one: Real, other: Real, *, seed: int, draws: int = DRAWS) -> Interval:
    """Of the mean of one - other, order by order. nan: there is no order."""
    difference = one - other
    size = len(difference)
    if not size:
        return Interval(np.nan, np.nan, np.nan)
    generator = np.random.default_rng(seed)
    step = max(1, AT_ONCE // size)
    means = [
        difference[generator.integers(0, size, (min(step, draws - first), size))].mean(axis=1)
        for first in range(0, draws, step)
    ]
    low, high = np.quantile(np.concatenate(means), TAILS)
    return Interval(float(difference.mean()), float(low), float(high))
