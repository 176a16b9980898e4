"""Documents, queries and which of them belong together, whoever wrote them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from contracts.errors import InvalidEvent

RELEVANT_FROM: Final = 1  # the lowest grade that counts as relevant, as BEIR has it


@dataclass(frozen=True, slots=True)
class Document:
    """Sectors, regions and attributes are there in folders of our own alone."""

    doc_id: str
    title: str
    text: str
    sectors: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A query and its grades, by row of the documents. Rows are sorted."""

    query_id: str
    text: str
    rows: tuple[int, ...]
    grades: tuple[int, ...]

    @property
    def relevant(self) -> int:
        return sum(grade >= RELEVANT_FROM for grade in self.grades)


@dataclass(frozen=True, slots=True)
class JudgedSplit:
    """Its queries sorted by id. `unknown`: judgements that name a query or a document that is not there."""

    name: str
    queries: tuple[JudgedQuery, ...]
    unknown: int = 0

    @property
    def answerable(self) -> tuple[JudgedQuery, ...]:
        """Those that have anything to find."""
        return tuple(query for query in self.queries if query.relevant)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Documents are sorted by id. `files`: the sha256 of each file that was read."""

    name: str
    documents: tuple[Document, ...]
    splits: Mapping[str, JudgedSplit]
    files: Mapping[str, str]

    def split(self, name: str) -> JudgedSplit:
        """With at least one query that has something to find."""
        if name not in self.splits:
            there = ", ".join(sorted(self.splits)) or "none"
            raise InvalidEvent("beir_folder", f"{self.name} has no split {name}; there: {there}")
        found = self.splits[name]
        if not found.queries:
            raise InvalidEvent(
                "beir_folder",
                f"{self.name} has no judged query in {name}:"
                f" {found.unknown} judgements name queries or documents that are not there",
            )
        if not found.answerable:
            raise InvalidEvent(
                "beir_folder", f"no query of {self.name} in {name} has a relevant document: nothing to find"
            )
        return found
