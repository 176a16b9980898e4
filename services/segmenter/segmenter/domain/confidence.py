"""How likely an assignment is right, from its margin: a curve that was fitted on labelled data.

`python bench/confidence.py` fits it, and prints the reliability table of the docs.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from segmenter.domain.margins import TINY, Margins

LOWEST: Final = 0.01  # nothing is certain
HIGHEST: Final = 0.99


@dataclass(frozen=True, slots=True)
class Curve:
    """Log odds of being right, by the margin in units of the run's own spread of margins."""

    intercept: float
    slope: float


FITTED: Final = Curve(intercept=1.0, slope=1.5)


def confidence(found: Margins, curve: Curve = FITTED) -> Margins:
    odds = curve.intercept + curve.slope * scaled(found)
    return np.clip(1 / (1 + np.exp(-odds)), LOWEST, HIGHEST)


def scaled(found: Margins) -> Margins:
    """Encoders differ in how far apart they hold things: a margin counts by what is usual in its run."""
    spread = float(np.sqrt(np.mean(np.square(found)))) if len(found) else 0.0
    return found / max(spread, TINY)
