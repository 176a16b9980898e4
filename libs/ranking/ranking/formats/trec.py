"""TREC: judgements with all grades, and topics."""

from collections.abc import Iterator, Sequence

from ranking.formats.layout import Asked, File, Layout, document_id, one_line


def trec_files(layout: Layout) -> Iterator[File]:
    yield File("topics.tsv", (f"{asked.query_id}\t{one_line(asked.text)}" for asked in layout.queries))
    yield from layout.per_split("qrels.{split}.txt", _judgements)


def _judgements(asked: Sequence[Asked]) -> Iterator[str]:
    for one in asked:
        for record in one.judged:
            yield f"{one.query_id} 0 {document_id(record.candidate_id)} {record.grade}"
