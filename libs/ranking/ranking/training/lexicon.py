"""Which words and which pairs of neighbouring words each document holds, field by field."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ranking.training.benchmark import Document
from ranking.training.bm25 import Real, Tokenizer

UNKNOWN: Final = -1  # a word that no document holds

Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Numbered:
    """Texts as numbers of their words: those of text i stand from starts[i] to starts[i + 1]."""

    words: Index = field(repr=False)
    starts: Index = field(repr=False)

    @classmethod
    def of(cls, texts: Iterable[Sequence[int]]) -> Self:
        kept = [np.array(text, np.int64) for text in texts]
        starts = np.cumsum([0, *(len(text) for text in kept)])
        return cls(np.concatenate([*kept, np.empty(0, np.int64)]), starts)

    def neighbours(self, size: int) -> "Numbered":
        """Each two words that follow each other in a text, as one number; unknown words have none."""
        text = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        left, right = self.words[:-1], self.words[1:]
        both = (text[:-1] == text[1:]) & (left != UNKNOWN) & (right != UNKNOWN)
        counts = np.bincount(text[:-1][both], minlength=len(self.starts) - 1)
        return Numbered(left[both] * size + right[both], np.concatenate([[0], np.cumsum(counts)]))

    def held(self, among: Index) -> csr_array:
        """Texts x `among`, which is sorted: 1 where the text holds it, however often."""
        place = np.searchsorted(among, self.words)
        place[place == len(among)] = 0
        known = among[place] == self.words if len(among) else np.zeros(len(place), bool)
        starts = np.concatenate([[0], np.cumsum(known)])[self.starts]
        shape = (len(self.starts) - 1, len(among))
        made = csr_array((np.ones(int(known.sum())), place[known], starts), shape=shape)
        made.sum_duplicates()
        made.data[:] = 1.0
        return made

    @property
    def distinct(self) -> Real:
        """How many different words each text has."""
        return np.asarray(self.held(np.unique(self.words)).sum(axis=1), np.float64)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Every word of the documents has a number; so each field is numbers, in the order of its words."""

    numbers: Mapping[str, int] = field(repr=False)
    rarity: Real = field(repr=False)  # of each word: high where few documents hold it
    title: Numbered
    text: Numbered
    sectors: Numbered
    regions: Numbered
    attributes: Numbered

    @classmethod
    def of(cls, documents: Sequence[Document], tokens: Tokenizer) -> Self:
        numbers: dict[str, int] = {}
        fields = [
            Numbered.of([numbers.setdefault(word, len(numbers)) for word in tokens(text)] for text in texts)
            for texts in (
                [document.title for document in documents],
                [document.text for document in documents],
                [" ".join(document.sectors) for document in documents],
                [" ".join(document.regions) for document in documents],
                [" ".join(document.attributes) for document in documents],
            )
        ]
        title, text, sectors, regions, attributes = fields
        return cls(numbers, _rarity(title, text, len(numbers)), title, text, sectors, regions, attributes)

    @property
    def size(self) -> int:
        return len(self.numbers)

    def numbered(self, texts: Iterable[Sequence[str]]) -> Numbered:
        return Numbered.of([self.numbers.get(word, UNKNOWN) for word in text] for text in texts)


def _rarity(title: Numbered, text: Numbered, size: int) -> Real:
    """As BM25 weighs a word: by the documents that hold it."""
    every = np.arange(size)
    counts = np.asarray(title.held(every).maximum(text.held(every)).sum(axis=0), np.float64)
    rarity: Real = np.log1p((len(title.starts) - 1 - counts + 0.5) / (counts + 0.5))
    return rarity
