"""How well clusters agree with labels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score, roc_auc_score

from clustering import Vectors

Labels = NDArray[np.intp]


def labelled(groups: Sequence[Sequence[int] | Labels], rows: int) -> Labels:
    """The group of each row; -1: none."""
    found = np.full(rows, -1, np.intp)
    for at, group in enumerate(groups):
        found[np.asarray(group, np.intp)] = at
    return found


def accuracy(found: Labels, labels: Labels) -> float:
    """Share of rows whose group stands for their label, where each group stands for one at most."""
    placed = found >= 0
    table = np.zeros((found.max() + 1, labels.max() + 1), np.int64)
    np.add.at(table, (found[placed], labels[placed]), 1)
    rows, columns = linear_sum_assignment(-table)
    return float(table[rows, columns].sum() / len(labels))


def purity(found: Labels, labels: Labels) -> float:
    """Share of the rows in groups that have the commonest label of their group."""
    placed = found >= 0
    table = np.zeros((found.max() + 1, labels.max() + 1), np.int64)
    np.add.at(table, (found[placed], labels[placed]), 1)
    return float(table.max(axis=1).sum() / placed.sum())


def rand(found: Labels, labels: Labels) -> float:
    """Adjusted Rand index; rows in no group are one group."""
    return float(adjusted_rand_score(labels, found))


def information(found: Labels, labels: Labels) -> float:
    return float(normalized_mutual_info_score(labels, found))


def outliers(inside: Vectors, outside: Vectors, neighbours: int = 5) -> float:
    """AUROC of the distance to the nearest rows inside, itself left out, telling foreign rows apart."""
    near = [_likeness(inside, inside, neighbours, itself=1), _likeness(outside, inside, neighbours, itself=0)]
    foreign = np.repeat([0, 1], [len(inside), len(outside)])
    return float(roc_auc_score(foreign, -np.concatenate(near)))


def _likeness(rows: Vectors, inside: Vectors, neighbours: int, *, itself: int) -> Vectors:
    """To the nearest rows, on average; the very nearest is the row itself where it is inside."""
    cosines = np.sort(rows @ inside.T, axis=1)[:, ::-1]
    found: Vectors = cosines[:, itself : itself + neighbours].mean(axis=1)
    return found
