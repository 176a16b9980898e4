"""Trains a ranker: gradient-boosted trees that put the documents of a query in order (LambdaRank)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Final

import numpy as np

from contracts.ranking import DEFAULT_SEED
from ranking.training.benchmark import Benchmark, JudgedSplit
from ranking.training.dense import Encoder
from ranking.training.features import FEATURES, Matrix, features
from ranking.training.qrels import HIGHEST_GRADE
from ranking.training.ranker import Ranker, Recipe, SplitCount, lightgbm, sha256
from ranking.training.searching import Found, Index, Searcher

TRAIN: Final = "train"
HARDEST: Final = 50  # unjudged documents of a query that the searches put first: always taken, as grade 0
DRAWN: Final = 50  # and so many of the others
# A hundred queries of a dev split are too few to say when to stop: chance stopped it after two trees. With so
# few and small trees there is little to stop for.
ROUNDS: Final = 150
LIBRARIES: Final = ("lightgbm", "bm25s", "PyStemmer", "numpy", "scipy")

# A few hundred queries: small trees, many documents in each leaf, and no feature counts against relevance.
PARAMETERS: Final[Mapping[str, str | int | float | bool]] = {
    "objective": "lambdarank",
    "metric": "ndcg",
    "eval_at": 10,
    "label_gain": ",".join(map(str, range(HIGHEST_GRADE + 1))),  # as nDCG is measured
    "lambdarank_truncation_level": 20,
    "learning_rate": 0.05,
    "num_leaves": 8,
    "min_data_in_leaf": 20,
    "min_sum_hessian_in_leaf": 0.01,
    "lambda_l2": 5.0,
    "feature_fraction": 0.7,
    "monotone_constraints": ",".join("1" for _ in FEATURES),
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}


@dataclass(frozen=True, slots=True)
class Examples:
    """Pairs with their grades; `sizes`: how many belong to each query."""

    features: Matrix = field(repr=False)
    grades: Index = field(repr=False)
    sizes: Index = field(repr=False)


def train(benchmark: Benchmark, encoder: Encoder, seed: int = DEFAULT_SEED) -> Ranker:
    """The same folder, encoder and seed give the same bytes."""
    benchmark.split(TRAIN)  # before anything is encoded
    return fitted(Searcher.of(benchmark, encoder), seed)


def fitted(searcher: Searcher, seed: int) -> Ranker:
    benchmark = searcher.benchmark
    found = searcher.search(benchmark.split(TRAIN).answerable, with_judged=True)
    drawn = [_drawn(one, np.random.default_rng([seed, place])) for place, one in enumerate(found)]
    model = _boosted(_examples(searcher, drawn), seed).model_to_string()
    recipe = Recipe(
        features=FEATURES,
        encoder=searcher.dense.encoder.name,
        seed=seed,
        rounds=ROUNDS,
        parameters=dict(PARAMETERS),
        versions={name: version(name) for name in LIBRARIES},
        benchmark=benchmark.name,
        documents=len(benchmark.documents),
        splits={name: _counted(benchmark.splits[name]) for name in sorted(benchmark.splits)},
        files=dict(sorted(benchmark.files.items())),
        model_sha256=sha256(model),
    )
    return Ranker(recipe, model, lightgbm().Booster(model_str=model))


def _drawn(found: Found, generator: np.random.Generator) -> Found:
    """All that is judged, and of the rest the hardest and some by chance."""
    judged = np.isin(found.rows, found.query.rows)
    others = np.flatnonzero(~judged)
    hardest_first = others[np.argsort(_best_place(found)[others], kind="stable")]
    hardest, rest = hardest_first[:HARDEST], hardest_first[HARDEST:]
    chosen = judged.copy()
    chosen[hardest] = True
    chosen[generator.permutation(rest)[:DRAWN]] = True
    return found.only(chosen)


def _best_place(found: Found) -> Index:
    last = len(found.rows) + 1
    places = (np.where(place > 0, place, last) for place in (found.bm25_place, found.dense_place))
    best: Index = np.minimum(*places)
    return best


def _examples(searcher: Searcher, found: Sequence[Found]) -> Examples:
    return Examples(
        features(searcher, found),
        np.concatenate([one.grades for one in found]),
        np.array([len(one.rows) for one in found]),
    )


def _boosted(examples: Examples, seed: int) -> Any:
    library = lightgbm()
    data = library.Dataset(
        examples.features, examples.grades, group=examples.sizes, feature_name=list(FEATURES)
    )
    return library.train({**PARAMETERS, "seed": seed % 2**31}, data, num_boost_round=ROUNDS)


def _counted(split: JudgedSplit) -> SplitCount:
    return SplitCount(
        queries=len(split.queries),
        answerable=len(split.answerable),
        judgements=sum(len(query.rows) for query in split.queries),
        relevant=sum(query.relevant for query in split.queries),
        unknown=split.unknown,
    )
