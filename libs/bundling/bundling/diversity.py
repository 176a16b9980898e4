"""Maximal marginal relevance: bundles that are good and differ from those already chosen."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from bundling.catalog import Index, Real

LAMBDA: Final = 0.7
MOST: Final = 10

Members = frozenset[int]


@dataclass(frozen=True, slots=True)
class Pick:
    """Which of the candidates, and the value by which it was picked."""

    place: int
    mmr: float


@dataclass(frozen=True, slots=True)
class Selection:
    picks: tuple[Pick, ...]
    similarity: float  # mean of all pairs that were picked
    similarity_by_score: float  # of as many picked by score alone


def select(
    scores: Sequence[float], members: Sequence[Members], *, most: int = MOST, weight: float = LAMBDA
) -> Selection:
    """`members`: of each candidate the families of its products, so that a variant counts as the product."""
    relevance = normalised(scores)
    order = sorted(range(len(scores)), key=lambda place: (-scores[place], place))
    picks: list[Pick] = []
    nearest = np.zeros(len(scores))  # to any that was picked
    open_places = list(order)
    while open_places and len(picks) < most:
        values = weight * relevance - (1 - weight) * nearest
        best = max(open_places, key=lambda place: (values[place], scores[place], -place))
        picks.append(Pick(best, float(values[best])))
        open_places.remove(best)
        for place in open_places:
            nearest[place] = max(nearest[place], jaccard(members[place], members[best]))
    chosen = [members[pick.place] for pick in picks]
    by_score = [members[place] for place in order[: len(picks)]]
    return Selection(tuple(picks), mean_similarity(chosen), mean_similarity(by_score))


def normalised(scores: Sequence[float]) -> Real:
    """To [0, 1] over the candidates, or lambda would not weigh what it says; equal ones are all 1."""
    values = np.asarray(scores, np.float64)
    if not len(values):
        return values
    spread = float(values.max() - values.min())
    return (values - values.min()) / spread if spread > 0 else np.ones(len(values))


def jaccard(one: Members, other: Members) -> float:
    return len(one & other) / len(one | other) if one | other else 1.0


def mean_similarity(chosen: Sequence[Members]) -> float:
    pairs = [jaccard(one, other) for one, other in combinations(chosen, 2)]
    return float(np.mean(pairs)) if pairs else 0.0


def families(rows: Sequence[int], family: Index) -> Members:
    return frozenset(int(family[row]) for row in rows)
