"""Vectors without a model: hashed words and parts of words. For where no embedding model is installed."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import log, log1p
from typing import ClassVar, Final, Self

import numpy as np

from ranking.candidate import Vectors
from ranking.words import WORD

DIM: Final = 1024
PART: Final = 4  # characters: enough to tell stems apart, few enough to find gaming in gamers
PART_WEIGHT: Final = 0.25  # parts outnumber words, and say less


@dataclass(frozen=True, slots=True)
class Feature:
    """Where a word, or a part of one, stands in a vector, and how much it says."""

    place: int
    weight: float  # its sign is that of the hash


@dataclass(frozen=True, slots=True)
class WordEncoder:
    """Counts of hashed words, weighted by how rare they are in the texts that it was made of.

    What is in none of those texts says nothing: the words around a query lead nowhere.
    """

    model: ClassVar[str] = f"words-{DIM}"
    features: Mapping[str, Feature] = field(repr=False)

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        seen = Counter(name for text in texts for name in set(_features(text)))
        return cls({name: _feature(name, log1p(len(texts) / times)) for name, times in seen.items()})

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), DIM), np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for name, times in Counter(_features(text)).items():
                if feature := self.features.get(name):
                    vector[feature.place] += feature.weight * (1 + log(times))
            if not vector.any():
                vector[_feature(text, 1.0).place] = 1  # nothing that is known: still a direction
        return _unit(vectors)


def _features(text: str) -> Iterator[str]:
    """Words, and their parts with marks where a word begins and ends."""
    for word in WORD.findall(text.casefold()):
        yield word
        marked = f"<{word}>"
        if len(word) >= PART:
            yield from (f"*{marked[start : start + PART]}" for start in range(len(marked) - PART + 1))


def _feature(name: str, rarity: float) -> Feature:
    digest = hashlib.blake2b(name.encode(), digest_size=5).digest()
    weight = rarity * (PART_WEIGHT if name.startswith("*") else 1)
    return Feature(int.from_bytes(digest[:4]) % DIM, weight if digest[4] % 2 else -weight)


def _unit(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)
