"""Which candidates are one under two ids, and which are too much alike."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from contracts.ranking import NegativeRules
from ranking.candidate import Candidate, Collection, Vectors
from ranking.words import words

Flags = NDArray[np.bool_]
Real = NDArray[np.float64]
Rows = NDArray[np.intp]
Pairs = tuple[Rows, Rows]
Sparse = Any  # scipy says nothing of its types

BLOCK: Final = 512  # rows; against 20,000 candidates these are 40 MB of cosines
DIGITS: Final = 6  # of a cosine of single precision that mean something
ROUNDING: Final = 10.0**-DIGITS


def unit(vectors: Vectors) -> Vectors:
    """Of length 1; what has no direction stays nothing."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), np.float32)


def cosines(units: Vectors, vector: Vectors) -> Real:
    """Rounded, so that candidates with one vector are equally near."""
    [direction] = unit(vector[np.newaxis])
    near: Real = np.asarray(units @ direction, np.float64)
    return near.round(DIGITS)


@dataclass(frozen=True, slots=True)
class Likeness:
    """By rows. Nobody is a duplicate of itself; who has no attributes is alike to nobody."""

    duplicates: Mapping[int, frozenset[int]] = field(repr=False)
    traits: Sparse = field(repr=False)  # a row for each candidate
    attribute_overlap: float

    @classmethod
    def of(cls, collection: Collection, rules: NegativeRules) -> Self:
        texts = [words(candidate.text) for candidate in collection.candidates]
        close = _close(unit(collection.vectors), rules.near_duplicate_similarity)
        worded = _overlapping(_incidence(texts), rules.near_duplicate_overlap)
        traits = _incidence([_traits(candidate) for candidate in collection.candidates])
        return cls(Neighbours.of([*close, *worded], len(texts)), traits, rules.attribute_overlap)

    def near(self, row: int, rows: Iterable[int]) -> bool:
        """Is it a near duplicate of any of these?"""
        return not self.duplicates[row].isdisjoint(rows)

    def attributes_alike(self, row: int, rows: Iterable[int]) -> bool:
        """Are its sectors, regions and attributes those of any of these?"""
        return bool(self._alike(self.traits[[row]], self.traits[sorted(rows)]).any())

    def duplicates_of(self, rows: Iterable[int]) -> Flags:
        """All rows that are a near duplicate of any of these."""
        flags = np.zeros(self.traits.shape[0], np.bool_)
        flags[list(chain.from_iterable(self.duplicates[row] for row in rows))] = True
        return flags

    def alike_to(self, rows: Sequence[int]) -> Flags:
        """All rows whose attributes are those of any of these."""
        flags = np.zeros(self.traits.shape[0], np.bool_)
        for start in range(0, len(rows), BLOCK):
            flags |= self._alike(self.traits, self.traits[rows[start : start + BLOCK]])
        return flags

    def _alike(self, some: Sparse, others: Sparse) -> Flags:
        overlaps = _overlaps(some, others)
        alike = (overlaps > 0) & (overlaps >= self.attribute_overlap)
        return np.asarray(alike.any(axis=1), np.bool_)


@dataclass(frozen=True, slots=True)
class Neighbours(Mapping[int, frozenset[int]]):
    """Sets are made as they are asked for: thousands of copies of one text have millions of pairs."""

    links: Sparse

    @classmethod
    def of(cls, pairs: Sequence[Pairs], rows: int) -> Self:
        left = np.concatenate([np.empty(0, np.intp), *(pair[0] for pair in pairs)])
        right = np.concatenate([np.empty(0, np.intp), *(pair[1] for pair in pairs)])
        both = (np.concatenate([left, right]), np.concatenate([right, left]))
        return cls(coo_array((np.ones(2 * len(left), np.int8), both), shape=(rows, rows)).tocsr())

    def __getitem__(self, row: int) -> frozenset[int]:
        if not 0 <= row < len(self):
            raise KeyError(row)
        start, end = self.links.indptr[row : row + 2]
        return frozenset(self.links.indices[start:end].tolist())

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self)))

    def __len__(self) -> int:
        return int(self.links.shape[0])


def _traits(candidate: Candidate) -> frozenset[str]:
    """None where there are no attributes: sector and region alone make nobody the same."""
    if not candidate.attributes:
        return frozenset()
    kinds = (("s", candidate.sectors), ("r", candidate.regions), ("a", candidate.attributes))
    return frozenset(f"{kind} {value}" for kind, values in kinds for value in values)


def _incidence(sets: Sequence[AbstractSet[str]]) -> Sparse:
    """A row for each set, a column for each word."""
    column = {word: place for place, word in enumerate(sorted(frozenset[str]().union(*sets)))}
    columns = [sorted(column[word] for word in one) for one in sets]
    starts = np.cumsum([0, *map(len, columns)])
    flat = np.fromiter(chain.from_iterable(columns), np.int32)
    return csr_array((np.ones(len(flat), np.int32), flat, starts), shape=(len(sets), max(len(column), 1)))


def _overlaps(some: Sparse, others: Sparse) -> Real:
    """The Jaccard index of each with each, as `words.overlap` has it."""
    shared = (some @ others.T).toarray()
    either = np.diff(some.indptr)[:, np.newaxis] + np.diff(others.indptr) - shared
    return np.asarray(shared / np.maximum(either, 1), np.float64)


def _close(units: Vectors, least: float) -> Iterator[Pairs]:
    for start in range(0, len(units), BLOCK):
        # Who is at the limit is a duplicate, whichever way its cosine was rounded.
        near = units[start : start + BLOCK] @ units[start:].T >= least - ROUNDING
        left, right = np.nonzero(np.triu(near, 1))
        yield left + start, right + start


def _overlapping(texts: Sparse, least: float) -> Iterator[Pairs]:
    for start in range(0, texts.shape[0], BLOCK):
        alike = _overlaps(texts[start : start + BLOCK], texts[start:]) >= least
        left, right = np.nonzero(np.triu(alike, 1))
        yield left + start, right + start
