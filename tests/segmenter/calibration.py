"""How well confidence tells what is right: products whose category is known, some of them put elsewhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clustering import Vectors
from segmenter.domain.margins import Labels, Margins, Space, boundary, far_from, margins, sums_of
from tests.clustering.texts import Labelled

BINS = 10
Right = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Gold:
    """Products and their true categories, the last of which is what is out of scope."""

    vectors: Vectors
    labels: Labels

    @property
    def outside(self) -> int:
        return int(self.labels.max())

    def space(self, labels: Labels) -> Space:
        return Space(self.vectors, labels, self.outside + 1, self.outside)


@dataclass(frozen=True, slots=True)
class Played:
    """The margins of an assignment, and whether it is right."""

    margins: Margins
    right: Right


@dataclass(frozen=True, slots=True)
class Bin:
    confidence: float
    right: float
    count: int


def gold_of(texts: Labelled, out_of_scope: Vectors) -> Gold:
    outside = np.full(len(out_of_scope), texts.labels.max() + 1, np.intp)
    return Gold(np.vstack([texts.vectors, out_of_scope]), np.append(texts.labels, outside))


def extracted(gold: Gold, errors: float, seed: int) -> Labels:
    """Wrong for this share of the products: half of them in the likest other category, half anywhere."""
    chance = np.random.default_rng(seed)
    wrong = chance.permutation(len(gold.labels))[: round(errors * len(gold.labels))]
    near, far = wrong[: len(wrong) // 2], wrong[len(wrong) // 2 :]
    labels = gold.labels.copy()
    labels[near] = _likest_other(gold, gold.labels)[near]
    labels[far] = (gold.labels[far] + chance.integers(1, gold.outside + 1, len(far))) % (gold.outside + 1)
    return labels


def refined(gold: Gold, labels: Labels, share: float, errors: float, seed: int) -> Labels:
    """What stands between two categories, looked at again; some answers are the likest wrong one."""
    chance = np.random.default_rng(seed)
    space = gold.space(labels)
    rows = boundary(margins(space, far_from(space)), share)
    wrong = rows[chance.random(len(rows)) < errors]
    again = labels.copy()
    again[rows] = gold.labels[rows]
    again[wrong] = _likest_other(gold, gold.labels)[wrong]
    return again


def played(gold: Gold, labels: Labels) -> Played:
    space = gold.space(labels)
    return Played(margins(space, far_from(space)), labels == gold.labels)


def reliability(confidence: Margins, right: Right) -> Iterator[Bin]:
    """By tenths of confidence, without those that hold nothing."""
    at = np.minimum((confidence * BINS).astype(np.intp), BINS - 1)
    for number in range(BINS):
        inside = at == number
        if inside.any():
            count = int(inside.sum())
            yield Bin(float(confidence[inside].mean()), float(right[inside].mean()), count)


def calibration_error(bins: Sequence[Bin]) -> float:
    """How far confidence is from the share that is right, on average over all products (ECE)."""
    total = sum(one.count for one in bins)
    return sum(one.count * abs(one.confidence - one.right) for one in bins) / total


def brier(confidence: Margins, right: Right) -> float:
    """The mean squared distance from what is true; always saying the share that is right has its variance."""
    return float(np.mean(np.square(confidence - right)))


def _likest_other(gold: Gold, labels: Labels) -> Labels:
    near = gold.vectors @ sums_of(gold.space(labels)).centres.T
    near[np.arange(len(labels)), labels] = -2.0
    near[:, gold.outside] = -2.0
    found: Labels = near.argmax(axis=1)
    return found
