"""A ranker beside what it has to beat: BM25, and the encoder alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contracts.ranking import DEFAULT_SEED
from ranking.training.benchmark import Benchmark, JudgedQuery
from ranking.training.bm25 import Real
from ranking.training.dense import Encoder
from ranking.training.measures import MEASURES, Interval, interval, measured
from ranking.training.ranker import Ranker
from ranking.training.searching import DEPTH, Found, Index, Searcher

BM25: Final = "BM25"
ENCODER: Final = "encoder"
RANKER: Final = "ranker"


@dataclass(frozen=True, slots=True)
class Result:
    """Of one system; an interval for each of MEASURES."""

    system: str
    intervals: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Of the ranker less another system, query by query."""

    over: str
    intervals: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`skipped`: queries without a relevant document. `unknown`: judgements of what is not there."""

    benchmark: str
    split: str
    encoder: str
    seed: int
    queries: int
    skipped: int
    unknown: int
    results: tuple[Result, ...]
    differences: tuple[Difference, ...]


def evaluated(
    benchmark: Benchmark, split: str, encoder: Encoder, ranker: Ranker | None, seed: int = DEFAULT_SEED
) -> Evaluation:
    benchmark.split(split)  # before anything is encoded
    if ranker is not None:
        ranker.check(encoder.name)
    return compared(Searcher.of(benchmark, encoder), split, ranker, seed)


def compared(searcher: Searcher, split: str, ranker: Ranker | None, seed: int) -> Evaluation:
    judged = searcher.benchmark.split(split)
    queries = judged.answerable
    found = searcher.search(queries)
    figures = {
        BM25: _figures(queries, [_by_place(one, one.bm25_place) for one in found]),
        ENCODER: _figures(queries, [_by_place(one, one.dense_place) for one in found]),
    }
    if ranker is not None:
        figures[RANKER] = _figures(queries, ranker.ordered(searcher, found))
    others = (BM25, ENCODER) if ranker is not None else ()
    return Evaluation(
        benchmark=searcher.benchmark.name,
        split=split,
        encoder=searcher.dense.encoder.name,
        seed=seed,
        queries=len(queries),
        skipped=len(judged.queries) - len(queries),
        unknown=judged.unknown,
        results=tuple(Result(system, _intervals(values, seed)) for system, values in figures.items()),
        differences=tuple(
            Difference(over, _intervals(figures[RANKER] - figures[over], seed)) for over in others
        ),
    )


def verdicts(found: Evaluation) -> tuple[str, ...]:
    """What may be said of the ranker, by the first measure; nothing where there is none."""
    return tuple(_verdict(one.over, one.intervals[0]) for one in found.differences)


def told(one: Interval) -> str:
    return f"{one.mean:.4f} [{one.low:.4f}, {one.high:.4f}]"


def told_difference(one: Interval) -> str:
    return f"{one.mean:+.4f} [{one.low:+.4f}, {one.high:+.4f}]"


def _verdict(over: str, gain: Interval) -> str:
    name = "BM25" if over == BM25 else "the encoder alone"
    figure = f"{MEASURES[0]} {told_difference(gain)}"
    if gain.low > 0:
        return f"the ranker beats {name}: {figure}"
    if gain.high < 0:
        return f"the ranker does not beat {name}, it is worse: {figure}"
    if gain.low == gain.high == 0:
        return f"the ranker does not beat {name}, it is as good: {figure}"
    return f"whether the ranker beats {name} cannot be told: {figure}; the interval holds zero"


def _figures(queries: Sequence[JudgedQuery], ordered: Sequence[Index]) -> Real:
    """All systems are cut at one depth: a ranker has more to put in order than either search."""
    return measured(queries, [rows[:DEPTH] for rows in ordered])


def _by_place(found: Found, places: Index) -> Index:
    """Those that the search found, in its order."""
    ordered: Index = found.rows[places.argsort(kind="stable")][int((places == 0).sum()) :]
    return ordered


def _intervals(values: Real, seed: int) -> tuple[Interval, ...]:
    return tuple(interval(column, seed) for column in values.T)
