"""Folders of the BEIR layout: corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv, or .txt as TREC writes it."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from contracts.errors import InvalidEvent
from ranking.training import qrels
from ranking.training.benchmark import Benchmark, Document, JudgedQuery, JudgedSplit
from ranking.training.lines import lines_of, malformed

CORPUS: Final = "corpus.jsonl"
QUERIES: Final = "queries.jsonl"
QRELS: Final = "qrels"


def read(folder: Path) -> Benchmark:
    """All of it, whatever order its lines have. InvalidEvent says which file and line is wrong."""
    documents = _documents(_there(folder, CORPUS))
    queries = _queries(_there(folder, QUERIES))
    judged = qrels.files_of(folder / QRELS)
    rows = {document.doc_id: row for row, document in enumerate(documents)}
    return Benchmark(
        name=folder.resolve().name,
        documents=documents,
        splits={name: _split(name, qrels.read(path), queries, rows) for name, path in judged.items()},
        files={
            path.relative_to(folder).as_posix(): _sha256(path)
            for path in (folder / CORPUS, folder / QUERIES, *judged.values())
        },
    )


def _there(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        needed = f"{CORPUS}, {QUERIES} and {QRELS}/SPLIT.tsv (or .txt as TREC writes it)"
        raise InvalidEvent("beir_folder", f"{folder} has no {name}: a folder of the BEIR layout has {needed}")
    return path


def _documents(path: Path) -> tuple[Document, ...]:
    found: dict[str, Document] = {}
    for number, entry in _entries(path):
        doc_id = _id(path, number, entry, found)
        metadata = entry.get("metadata")
        known = metadata if isinstance(metadata, dict) else {}
        found[doc_id] = Document(
            doc_id=doc_id,
            title=_text(path, number, entry, "title", otherwise=""),
            text=_text(path, number, entry, "text"),
            sectors=_words(known, "sectors"),
            regions=_words(known, "regions"),
            attributes=_words(known, "attributes"),
        )
    if not found:
        raise InvalidEvent("beir_folder", f"{path} holds no document")
    return tuple(found[doc_id] for doc_id in sorted(found))


def _queries(path: Path) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for number, entry in _entries(path):
        query_id = _id(path, number, entry, found)
        found[query_id] = _text(path, number, entry, "text")
    return found


def _split(
    name: str, judgements: Sequence[qrels.Judgement], queries: Mapping[str, str], rows: Mapping[str, int]
) -> JudgedSplit:
    """Who judged a pair twice meant the higher grade."""
    grades: defaultdict[str, dict[int, int]] = defaultdict(dict)
    unknown = 0
    for one in judgements:
        if one.query_id not in queries or one.doc_id not in rows:
            unknown += 1
            continue
        row = rows[one.doc_id]
        before = grades[one.query_id].get(row, 0)
        grades[one.query_id][row] = max(one.grade, before)
    return JudgedSplit(
        name,
        tuple(_judged(query_id, queries[query_id], grades[query_id]) for query_id in sorted(grades)),
        unknown,
    )


def _judged(query_id: str, text: str, grades: Mapping[int, int]) -> JudgedQuery:
    rows = tuple(sorted(grades))
    return JudgedQuery(query_id, text, rows, tuple(grades[row] for row in rows))


def _entries(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in lines_of(path):
        try:
            entry = json.loads(line)
        except json.JSONDecodeError as error:
            raise malformed(path, number, f"it is not JSON ({error})") from error
        if not isinstance(entry, dict):
            raise malformed(path, number, "it is no JSON object")
        yield number, entry


def _id(path: Path, number: int, entry: Mapping[str, Any], known: Mapping[str, object]) -> str:
    """Some write numbers."""
    given = entry.get("_id")
    if isinstance(given, bool) or not isinstance(given, str | int) or given == "":
        raise malformed(path, number, "`_id` is missing or no text")
    if str(given) in known:
        raise malformed(path, number, f"`_id` {given} stands in an earlier line")
    return str(given)


def _text(
    path: Path, number: int, entry: Mapping[str, Any], name: str, *, otherwise: str | None = None
) -> str:
    text = entry.get(name)
    if text is None and otherwise is not None:
        return otherwise
    if not isinstance(text, str):
        raise malformed(path, number, f"`{name}` is missing or no text")
    return text


def _words(metadata: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Foreign metadata may mean anything by these names: only lists of words are taken."""
    values = metadata.get(name)
    return tuple(value for value in values if isinstance(value, str)) if isinstance(values, list) else ()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
