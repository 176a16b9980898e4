"""What is found for a query, by words and by meaning; a ranker puts both in one order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from ranking.candidate import Vectors
from ranking.training.benchmark import Benchmark, JudgedQuery
from ranking.training.bm25 import Bm25, Real, Tokenizer, tokenizer
from ranking.training.dense import Dense, Encoder, cosines, whole
from ranking.training.lexicon import Lexicon

DEPTH: Final = 200  # of each search; together they are what a ranker puts in order

Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Found:
    """For one query. Rows are sorted; places count from 1, 0: not among the first of that search."""

    query: JudgedQuery
    rows: Index = field(repr=False)
    bm25: Real = field(repr=False)
    cosine: Real = field(repr=False)
    title_cosine: Real = field(repr=False)
    bm25_place: Index = field(repr=False)
    dense_place: Index = field(repr=False)

    @property
    def grades(self) -> Index:
        """0 where nobody has judged."""
        known = dict(zip(self.query.rows, self.query.grades, strict=True))
        return np.array([known.get(row, 0) for row in self.rows.tolist()], np.int64)

    def only(self, chosen: NDArray[np.bool_]) -> "Found":
        return Found(
            self.query,
            self.rows[chosen],
            self.bm25[chosen],
            self.cosine[chosen],
            self.title_cosine[chosen],
            self.bm25_place[chosen],
            self.dense_place[chosen],
        )


@dataclass(frozen=True, slots=True)
class Searcher:
    """All documents of a benchmark, ready to be searched."""

    benchmark: Benchmark
    tokens: Tokenizer = field(repr=False)
    bm25: Bm25 = field(repr=False)
    dense: Dense = field(repr=False)
    lexicon: Lexicon = field(repr=False)

    @classmethod
    def of(cls, benchmark: Benchmark, encoder: Encoder) -> Self:
        tokens = tokenizer()
        return cls(
            benchmark,
            tokens,
            Bm25.of([tokens(whole(document)) for document in benchmark.documents]),
            Dense.of(benchmark.documents, encoder),
            Lexicon.of(benchmark.documents, tokens),
        )

    def search(self, queries: Sequence[JudgedQuery], *, with_judged: bool = False) -> list[Found]:
        """`with_judged`: also what neither search found, if it has a grade."""
        vectors = self.dense.encoder.encode([query.text for query in queries])
        return [
            self._found(query, vector, query.rows if with_judged else ())
            for query, vector in zip(queries, vectors, strict=True)
        ]

    def _found(self, query: JudgedQuery, vector: Vectors, more: Iterable[int]) -> Found:
        bm25 = self.bm25.scores(self.tokens(query.text))
        cosine = cosines(self.dense.texts, vector)
        by_words, by_meaning = first(bm25, DEPTH), first(cosine, DEPTH)
        by_words = by_words[bm25[by_words] > 0]
        rows = np.unique(np.concatenate([by_words, by_meaning, np.array([*more], np.int64)]))
        return Found(
            query=query,
            rows=rows,
            bm25=bm25[rows],
            cosine=cosine[rows],
            title_cosine=cosines(self.dense.titles[rows], vector),
            bm25_place=_places(by_words, rows),
            dense_place=_places(by_meaning, rows),
        )


def first(scores: Real, count: int) -> Index:
    """The rows with the highest scores, the best first; of equal ones the lower row."""
    rows = np.arange(len(scores))
    if count < len(scores):
        rows = np.flatnonzero(scores >= np.partition(scores, -count)[-count])
    return rows[np.argsort(-scores[rows], kind="stable")][:count]


def _places(ordered: Index, rows: Index) -> Index:
    places = np.zeros(len(rows), np.int64)
    places[np.searchsorted(rows, ordered)] = np.arange(1, len(ordered) + 1)
    return places
