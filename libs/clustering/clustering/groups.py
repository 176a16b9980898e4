"""What comes out of clustering: rows of the vectors, in clusters or in none."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]  # one row a deal, of length 1
Members = NDArray[np.intp]  # rows of the vectors, ascending
Labels = NDArray[np.intp]  # the group of each row; negative: none


@dataclass(frozen=True, slots=True)
class Grouping:
    """Clusters of rows, guests among them; where each row is at home; and the rows that fit in none.

    Clusters are ascending and ordered. `home` names the cluster of each row, -1 where the row is left.
    """

    clusters: list[list[int]]
    left: list[int]
    home: list[int] = field(default_factory=list)
    groups: int = 0  # before they were bounded in size
    resolution: float | None = None  # of the graph; None: another method


@dataclass(frozen=True, slots=True)
class Regrouping:
    """A grouping made from an earlier one. What is not named in `source` was formed anew."""

    grouping: Grouping
    kept: list[int]  # base clusters that are in the grouping row for row, ascending
    source: list[int]  # for each cluster of the grouping: the base cluster that it equals, else -1
