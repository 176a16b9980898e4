"""Ranking data as other tools read it. Each format has a folder; splits without queries have no files."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Literal, get_args

from ranking.formats.beir import beir_files
from ranking.formats.jsonl import json_files, jsonl_files
from ranking.formats.layout import Document, File, Layout, document_id, laid_out
from ranking.formats.letor import Features, Table, WordFeatures
from ranking.formats.msmarco import msmarco_files
from ranking.formats.trec import trec_files
from ranking.record import Record
from ranking.writing import write_together

__all__ = ["FORMATS", "Document", "Features", "Format", "WordFeatures", "document_id", "write_all"]

Format = Literal["json", "jsonl", "beir", "trec", "msmarco", "letor"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)


def write_all(
    folder: Path,
    records: Sequence[Record],
    collection_texts: Mapping[str, Document],
    features: Features | None = None,
    *,
    formats: Iterable[Format] = FORMATS,
) -> None:
    """All files or none: they take the place of older ones when each of them is on the disk."""
    makers = _makers(features or WordFeatures())
    layout = laid_out(records, collection_texts)
    files = [
        (folder / one / file.name, file.lines) for one in sorted(set(formats)) for file in makers[one](layout)
    ]
    write_together(
        {path: _bytes(lines) for path, lines in files if lines is not None},
        gone=[path for path, lines in files if lines is None],
    )


def _makers(features: Features) -> Mapping[Format, Callable[[Layout], Iterator[File]]]:
    return {
        "json": json_files,
        "jsonl": jsonl_files,
        "beir": beir_files,
        "trec": trec_files,
        "msmarco": msmarco_files,
        "letor": lambda layout: Table(layout, features).files(),
    }


def _bytes(lines: Iterable[str]) -> Iterator[bytes]:
    return (f"{line}\n".encode() for line in lines)
