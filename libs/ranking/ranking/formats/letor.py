"""Learning to rank: a row of features for each judgement, as LightGBM and as XGBoost read it.

Both hold the same rows in the same order. LightGBM counts features from 0 and wants the sizes of the
queries in a file beside; XGBoost, like SVM-light, has them in the rows, counts from 1 (`indexing_mode=1`)
and allows for remarks: here candidate and query.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ranking.formats.layout import Asked, Document, File, Layout, document_id
from ranking.words import overlap, share_of, words


class Features(Protocol):
    """What a ranker may know of a query and a document."""

    @property
    def names(self) -> tuple[str, ...]: ...

    def __call__(self, query: str, document: Document) -> tuple[float, ...]: ...


@dataclass(frozen=True, slots=True)
class WordFeatures:
    """Of words alone: shares of the query, Jaccard index, lengths."""

    names: tuple[str, ...] = ("share_in_title", "share_in_text", "jaccard", "query_words", "text_words")

    def __call__(self, query: str, document: Document) -> tuple[float, ...]:
        asked, title, text = words(query), words(document.title), words(document.text)
        return share_of(asked, title), share_of(asked, text), overlap(asked, text), len(asked), len(text)


@dataclass(frozen=True, slots=True)
class Table:
    layout: Layout
    features: Features

    def files(self) -> Iterator[File]:
        yield File("features.txt", self.features.names)
        yield from self.layout.per_split("lightgbm/{split}.txt", self._without_queries)
        yield from self.layout.per_split("lightgbm/{split}.txt.query", _sizes)
        yield from self.layout.per_split("xgboost/{split}.txt", self._with_queries)

    def _without_queries(self, asked: Sequence[Asked]) -> Iterator[str]:
        for one in asked:
            for record in one.judged:
                yield f"{record.grade} {self._values(one, record.candidate_id, first=0)}"

    def _with_queries(self, asked: Sequence[Asked]) -> Iterator[str]:
        for number, one in enumerate(asked, 1):
            for record in one.judged:
                values = self._values(one, record.candidate_id, first=1)
                remark = f"{document_id(record.candidate_id)} {one.query_id}"
                yield f"{record.grade} qid:{number} {values} # {remark}"

    def _values(self, asked: Asked, candidate_id: str, *, first: int) -> str:
        values = self.features(asked.text, self.layout.documents[candidate_id])
        return " ".join(f"{index}:{value:.6g}" for index, value in enumerate(values, first))


def _sizes(asked: Sequence[Asked]) -> Iterator[str]:
    for one in asked:
        yield str(len(one.judged))
