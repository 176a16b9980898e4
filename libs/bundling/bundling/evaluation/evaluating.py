"""Recommenders side by side, on the same anchors and with the same products to choose from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from bundling.catalog import Catalog, Flags, Index, Real
from bundling.complements import Complements
from bundling.evaluation import measures
from bundling.evaluation.bootstrap import paired
from bundling.evaluation.holdout import TEST_SHARE, Anchors, HoldOut, draw_anchors, hold_out
from bundling.evaluation.recommenders import CoCount, Popularity, Recommender
from bundling.intervals import Interval
from bundling.orders import OrderBook

K: Final = 10
SEEDS: Final = tuple(range(20))
OURS: Final = "complements"
BASELINES: Final = ("co-count", "popularity")


@dataclass(frozen=True, slots=True)
class Result:
    """Of one recommender: means over orders, each the mean of its anchors. nan: nothing to measure."""

    recommender: str
    hit_rate: float
    ndcg: float
    coverage: float
    diversity: float
    novelty: float


@dataclass(frozen=True, slots=True)
class Gain:
    """Of ours over another."""

    over: str
    hit_rate: Interval
    ndcg: Interval


@dataclass(frozen=True, slots=True)
class Evaluation:
    k: int
    seeds: tuple[int, ...]
    trained_on: int  # orders
    tested_on: int  # orders kept back that an anchor was drawn from
    results: tuple[Result, ...]
    gains: tuple[Gain, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one recommender; a row for each order, in the order of their numbers."""

    result: Result
    hits: Real = field(repr=False)
    ndcgs: Real = field(repr=False)


def evaluate(
    book: OrderBook, catalog: Catalog, *, seeds: Sequence[int] = SEEDS, k: int = K, share: float = TEST_SHARE
) -> Evaluation:
    """`book` is numbered by catalogue row. No list holds the anchor or a variant of it, whoever makes it."""
    parts = hold_out(book, share)
    drawn = [draw_anchors(parts.test, catalog.family, seed) for seed in seeds]
    measured = [
        _measured(name, recommender, drawn, catalog, parts, k=k)
        for name, recommender in _fitted(parts, catalog).items()
    ]
    ours, *others = measured
    return Evaluation(
        k=k,
        seeds=tuple(seeds),
        trained_on=parts.train.orders,
        tested_on=len(ours.hits),
        results=tuple(one.result for one in measured),
        gains=tuple(_gain(ours, other, seeds) for other in others),
    )


def _fitted(parts: HoldOut, catalog: Catalog) -> Mapping[str, Recommender]:
    """Ours is the very one that the bundler asks. None of them sees an order that was kept back."""
    counted, popular = BASELINES
    return {
        OURS: Complements.fit(parts.train, catalog, parts.as_of_ms),
        counted: CoCount.fit(parts.train, catalog.size),
        popular: Popularity.fit(parts.train, catalog.size),
    }


def _measured(
    name: str, recommender: Recommender, drawn: Sequence[Anchors], catalog: Catalog, parts: HoldOut, *, k: int
) -> Measured:
    lists = _lists(recommender, drawn, catalog, k)
    hits = _by_order(drawn, parts, [[measures.hit(lists[a], r) for a, r in _asked(one)] for one in drawn])
    ndcgs = _by_order(
        drawn, parts, [[measures.ndcg(lists[a], r, k) for a, r in _asked(one)] for one in drawn]
    )
    unseen = measures.surprise(np.bincount(parts.train.products, minlength=catalog.size), parts.train.orders)
    offered = list(lists.values())
    result = Result(
        recommender=name,
        hit_rate=_mean(hits),
        ndcg=_mean(ndcgs),
        coverage=measures.coverage(offered, catalog.size),
        diversity=_mean(np.array([measures.diversity(rows, catalog) for rows in offered])),
        novelty=_mean(unseen[np.concatenate(offered)]) if offered else np.nan,
    )
    return Measured(result, hits, ndcgs)


def _lists(
    recommender: Recommender, drawn: Sequence[Anchors], catalog: Catalog, k: int
) -> Mapping[int, Index]:
    """By anchor: a list does not depend on the order that asks for it."""
    anchors = np.unique(np.concatenate([one.rows for one in drawn])) if drawn else np.empty(0, np.int32)
    return {
        anchor: recommender.best(anchor, k, allowed_beside(anchor, catalog))[0] for anchor in anchors.tolist()
    }


def allowed_beside(anchor: int, catalog: Catalog) -> Flags:
    """All but the product and its variants: a bundle does not hold two of a family."""
    allowed: Flags = catalog.family != catalog.family[anchor]
    return allowed


def _asked(drawn: Anchors) -> list[tuple[int, Index]]:
    return list(zip(drawn.rows.tolist(), drawn.relevant, strict=True))


def _by_order(drawn: Sequence[Anchors], parts: HoldOut, values: Sequence[Sequence[float]]) -> Real:
    """Mean over the seeds. The anchors of one order do not count as several orders."""
    orders = np.concatenate([one.orders for one in drawn]) if drawn else np.empty(0, np.int32)
    flat = np.array([value for one in values for value in one], np.float64)
    counts = np.bincount(orders, minlength=parts.test.orders)
    sums = np.bincount(orders, flat, parts.test.orders)
    asked = counts > 0
    means: Real = sums[asked] / counts[asked]
    return means


def _gain(ours: Measured, other: Measured, seeds: Sequence[int]) -> Gain:
    seed = seeds[0] if seeds else 0
    return Gain(
        over=other.result.recommender,
        hit_rate=paired(ours.hits, other.hits, seed=seed),
        ndcg=paired(ours.ndcgs, other.ndcgs, seed=seed),
    )


def _mean(values: Real) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else np.nan
