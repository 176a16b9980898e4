"""What a ranker knows of a query and a document. All of it can be computed for any folder."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ranking.training.bm25 import Real
from ranking.training.lexicon import Lexicon, Numbered
from ranking.training.searching import Found, Index, Searcher

AT_ONCE: Final = 50_000  # pairs whose words are in memory at a time

SEARCH_FEATURES: Final = (
    "bm25",
    "bm25_of_best",
    "bm25_reciprocal_place",
    "cosine",
    "cosine_below_best",
    "dense_reciprocal_place",
    "title_cosine",
)
WORD_FEATURES: Final = (
    "title_words",
    "text_words",
    "rare_words",
    "title_covered",
    "title_phrases",
    "text_phrases",
    "sector_words",
    "sectors_covered",
    "region_words",
    "regions_covered",
    "attribute_words",
    "attributes_covered",
)
# The more of any, the better a document fits.
FEATURES: Final = (*SEARCH_FEATURES, *WORD_FEATURES)

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Of a query and a document, by their rows; those of a query stand together."""

    query: Index = field(repr=False)
    document: Index = field(repr=False)

    @classmethod
    def of(cls, found: Sequence[Found]) -> Self:
        sizes = [len(one.rows) for one in found]
        return cls(np.repeat(np.arange(len(found)), sizes), np.concatenate([one.rows for one in found]))


def features(searcher: Searcher, found: Sequence[Found]) -> Matrix:
    """A row for each pair, query by query; columns as FEATURES names them."""
    pairs = Pairs.of(found)
    tokens = [searcher.tokens(one.query.text) for one in found]
    queries = searcher.lexicon.numbered(tokens)
    return np.column_stack([_by_search(found), _by_words(searcher.lexicon, queries, pairs)])


def _by_search(found: Sequence[Found]) -> Matrix:
    bm25, cosine = np.concatenate([one.bm25 for one in found]), np.concatenate([one.cosine for one in found])
    of_best = [one.bm25 / max(one.bm25.max(initial=0.0), 1e-9) for one in found]
    below_best = [one.cosine - one.cosine.max(initial=-1.0) for one in found]
    return np.column_stack(
        [
            bm25,
            np.concatenate(of_best),
            np.concatenate([reciprocal(one.bm25_place) for one in found]),
            cosine,
            np.concatenate(below_best),
            np.concatenate([reciprocal(one.dense_place) for one in found]),
            np.concatenate([one.title_cosine for one in found]),
        ]
    )


def _by_words(lexicon: Lexicon, queries: Numbered, pairs: Pairs) -> Matrix:
    """Of words, those that any document holds; shares of nothing are 0."""
    among = np.unique(queries.words[queries.words >= 0])
    asked = queries.held(among)
    title, text = lexicon.title.held(among), lexicon.text.held(among)
    weighted = (asked * lexicon.rarity[among]).tocsr()
    columns = [
        _share(asked, title, pairs),
        _share(asked, text, pairs),
        _share(weighted, title.maximum(text), pairs),
        _covered(asked, title, lexicon.title, pairs),
        _phrases(queries, lexicon.title, lexicon.size, pairs),
        _phrases(queries, lexicon.text, lexicon.size, pairs),
    ]
    for words in (lexicon.sectors, lexicon.regions, lexicon.attributes):
        held = words.held(among)
        columns += [_share(asked, held, pairs), _covered(asked, held, words, pairs)]
    return np.column_stack(columns)


def _phrases(queries: Numbered, texts: Numbered, size: int, pairs: Pairs) -> Real:
    """Share of the neighbouring words of a query that are neighbours in the text too."""
    asked = queries.neighbours(size)
    among = np.unique(asked.words)
    return _share(asked.held(among), texts.neighbours(size).held(among), pairs)


def _share(asked: csr_array, held: csr_array, pairs: Pairs) -> Real:
    """How much of what a query asks for its document holds."""
    return _part(_together(asked, held, pairs), np.asarray(asked.sum(axis=1))[pairs.query])


def _covered(asked: csr_array, held: csr_array, words: Numbered, pairs: Pairs) -> Real:
    """How much of the words of a field its query names."""
    return _part(_together(asked, held, pairs), words.distinct[pairs.document])


def _together(asked: csr_array, held: csr_array, pairs: Pairs) -> Real:
    blocks = [
        np.asarray(
            asked[pairs.query[start : start + AT_ONCE]]
            .multiply(held[pairs.document[start : start + AT_ONCE]])
            .sum(axis=1)
        )
        for start in range(0, len(pairs.query), AT_ONCE)
    ]
    return np.concatenate(blocks)


def _part(part: Real, whole: Real) -> Real:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def reciprocal(places: Index) -> Real:
    """0 for what was not found."""
    return np.divide(1.0, places, out=np.zeros(len(places)), where=places > 0)
