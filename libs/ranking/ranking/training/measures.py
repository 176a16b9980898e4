"""How good an order of documents is, query by query, and how sure a mean of that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import ir_measures
import numpy as np
from ir_measures import RR, R, nDCG

from ranking.training.benchmark import RELEVANT_FROM, JudgedQuery
from ranking.training.bm25 import Real
from ranking.training.searching import Index

MEASURES: Final = ("nDCG@10", "MRR", "R@100")
DRAWS: Final = 2000  # the bounds of a 95 % interval move by a few hundredths of its width
TAILS: Final = (0.025, 0.975)
AT_ONCE: Final = 2_000_000  # drawn numbers that are in memory at a time: 16 MB


@dataclass(frozen=True, slots=True)
class Interval:
    """Of 95 %."""

    mean: float
    low: float
    high: float


def measured(queries: Sequence[JudgedQuery], ordered: Sequence[Index]) -> Real:
    """A row for each query, a column for each measure. What nobody has judged is not relevant."""
    judged = [
        ir_measures.Qrel(query.query_id, str(row), grade)
        for query in queries
        for row, grade in zip(query.rows, query.grades, strict=True)
    ]
    # Falling whole numbers as scores: no tie is left to the library.
    answers = [
        ir_measures.ScoredDoc(query.query_id, str(row), float(-place))
        for query, rows in zip(queries, ordered, strict=True)
        for place, row in enumerate(rows.tolist())
    ]
    wanted = (nDCG @ 10, RR(rel=RELEVANT_FROM), R(rel=RELEVANT_FROM) @ 100)
    column = {str(measure): place for place, measure in enumerate(wanted)}
    row_of = {query.query_id: row for row, query in enumerate(queries)}
    values = np.zeros((len(queries), len(wanted)))
    for one in ir_measures.iter_calc(wanted, judged, answers):
        values[row_of[one.query_id], column[str(one.measure)]] = one.value
    return values


def interval(values: Real, seed: int) -> Interval:
    """Of their mean, by drawing anew from the queries. Of differences: paired, query by query."""
    size = len(values)
    generator = np.random.default_rng(seed)
    step = max(1, AT_ONCE // size)
    means = [
        values[generator.integers(0, size, (min(step, DRAWS - done), size))].mean(axis=1)
        for done in range(0, DRAWS, step)
    ]
    low, high = np.quantile(np.concatenate(means), TAILS)
    return Interval(float(values.mean()), float(low), float(high))
