"""BEIR: a corpus, queries, and judgements for each split."""

from collections.abc import Iterator, Sequence
from typing import Final

from contracts.event import canonical
from ranking.formats.layout import Asked, Document, File, Layout, document_id

HEADER: Final = "query-id\tcorpus-id\tscore"


def beir_files(layout: Layout) -> Iterator[File]:
    yield File("corpus.jsonl", (_document(*item) for item in layout.documents.items()))
    yield File("queries.jsonl", (_query(asked) for asked in layout.queries))
    yield from layout.per_split("qrels/{split}.tsv", _judgements)


def _document(candidate_id: str, document: Document) -> str:
    value = {
        "_id": document_id(candidate_id),
        "title": document.title,
        "text": document.text,
        "metadata": dict(document.metadata),
    }
    return canonical(value).decode()


def _query(asked: Asked) -> str:
    metadata = {"cluster_id": asked.cluster_id, "split": asked.split}
    return canonical({"_id": asked.query_id, "text": asked.text, "metadata": metadata}).decode()


def _judgements(asked: Sequence[Asked]) -> Iterator[str]:
    """Whatever is above 0 is relevant to BEIR: a negative is 0, how near it may be."""
    yield HEADER
    for one in asked:
        for record in one.judged:
            score = record.grade if record.label else 0
            yield f"{one.query_id}\t{document_id(record.candidate_id)}\t{score}"
