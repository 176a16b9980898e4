"""Intervals of 95 %, and Wilson's of a share."""

import math
from dataclasses import dataclass
from typing import Final

Z: Final = 1.959963984540054  # of 95 %


@dataclass(frozen=True, slots=True)
class Interval:
    """Of 95 %."""

    mean: float
    low: float
    high: float


def wilson(successes: float, trials: float) -> tuple[float, float]:
    """Low and high; of no trials everything is possible."""
    if trials <= 0:
        return 0.0, 1.0
    share, square = successes / trials, Z * Z / trials
    middle = (share + square / 2) / (1 + square)
    half = Z / (1 + square) * math.sqrt(share * (1 - share) / trials + square / (4 * trials))
    # Rounding must not put the share outside.
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def certainty(successes: float, trials: float) -> float:
    """1 less the width of the interval: 0 where nothing is known."""
    low, high = wilson(successes, trials)
    return 1.0 - (high - low)
