"""Records and documents as all formats see them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, get_args
from urllib.parse import quote

from contracts.errors import InvalidEvent
from contracts.ranking import Split
from ranking.record import Record
from ranking.shape import query_id

SPLITS: Final[tuple[Split, ...]] = get_args(Split)
BREAKS: Final = dict.fromkeys(map(ord, "\0\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"), " ")


@dataclass(frozen=True, slots=True)
class Document:
    """A candidate as a reader of texts sees it."""

    title: str
    text: str
    metadata: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class File:
    """`name`: below the folder of its format. Lines of None: it has no place there, an old one neither."""

    name: str
    lines: Iterable[str] | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A query and what was judged for it, sorted by candidate, none twice."""

    query_id: str
    text: str
    cluster_id: str
    split: Split
    judged: tuple[Record, ...]

    @property
    def positives(self) -> list[Record]:
        return [record for record in self.judged if record.label]

    @property
    def negatives(self) -> list[Record]:
        return [record for record in self.judged if not record.label]


@dataclass(frozen=True)
class Layout:
    """`documents`: by candidate id, sorted; all of the collection, whether judged or not."""

    records: tuple[Record, ...]
    documents: Mapping[str, Document]

    @cached_property
    def asked(self) -> tuple[Asked, ...]:
        """By query id."""
        groups: dict[tuple[str, Split], list[Record]] = {}
        for record in self.records:
            key = query_id(record.cluster_id, record.query), record.split
            groups.setdefault(key, []).append(record)
        return tuple(_asked(key[0], records) for key, records in sorted(groups.items()))

    @property
    def queries(self) -> tuple[Asked, ...]:
        """Each once, even if it was judged in two splits."""
        return tuple({one.query_id: one for one in self.asked}.values())

    def per_split(self, name: str, lines: Callable[[Sequence[Asked]], Iterator[str]]) -> Iterator[File]:
        """A file for each split that has queries. `name` holds {split}."""
        for split in SPLITS:
            asked = [one for one in self.asked if one.split == split]
            yield File(name.format(split=split), lines(asked) if asked else None)


def laid_out(records: Iterable[Record], documents: Mapping[str, Document]) -> Layout:
    layout = Layout(tuple(records), dict(sorted(documents.items())))
    missing = sorted({record.candidate_id for record in layout.records} - documents.keys())
    if missing:
        raise InvalidEvent(
            "ranking_documents",
            f"records name candidates that have no text ({len(missing)} of them, {missing[0]!r} the first): "
            "give the documents of all candidates, or leave out the records of others",
        )
    return layout


def document_id(candidate_id: str) -> str:
    """One word for every reader: what parts words, lines or columns is percent-encoded, and % itself."""
    return "".join(quote(sign) if _parts(sign) else sign for sign in candidate_id)


def one_line(text: str) -> str:
    """For files that have a text to each column and no quotes around it."""
    return text.translate(BREAKS)


def _parts(sign: str) -> bool:
    return sign in '%"' or sign.isspace() or not sign.isprintable()


def _asked(name: str, records: Sequence[Record]) -> Asked:
    """Of two judgements of one candidate, the higher counts."""
    judged = {
        record.candidate_id: record
        for record in sorted(records, key=lambda one: (one.candidate_id, one.grade))
    }
    first = records[0]
    return Asked(name, first.query, first.cluster_id, first.split, tuple(judged.values()))
