"""What words say: BM25 of stemmed English words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from bm25s import BM25
from bm25s.stopwords import STOPWORDS_EN
from numpy.typing import NDArray
from Stemmer import Stemmer

from ranking.words import WORD

LANGUAGE: Final = "english"
VARIANT: Final = "lucene"

Real = NDArray[np.float64]
Tokens = list[str]
Tokenizer = Callable[[str], Tokens]


def tokenizer() -> Tokenizer:
    """Words without the most common ones, reduced to their stems."""
    stemmer, common = Stemmer(LANGUAGE), frozenset(STOPWORDS_EN)

    def tokens(text: str) -> Tokens:
        stems: Tokens = stemmer.stemWords(
            [word for word in WORD.findall(text.casefold()) if word not in common]
        )
        return stems

    return tokens


@dataclass(frozen=True, slots=True)
class Bm25:
    index: Any  # bm25s has no types

    @classmethod
    def of(cls, documents: Sequence[Tokens]) -> Self:
        index = BM25(method=VARIANT)
        index.index(list(documents), show_progress=False)
        return cls(index)

    def scores(self, query: Tokens) -> Real:
        """Of every document; 0 where no word is shared."""
        scores: Real = self.index.get_scores_from_ids(self.index.get_tokens_ids(query)).astype(np.float64)
        return scores
