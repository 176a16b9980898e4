"""MS MARCO: tables without quotes, and triples of a query, a positive and a negative."""

from collections.abc import Iterator, Sequence

from ranking.formats.layout import Asked, Document, File, Layout, document_id, one_line


def msmarco_files(layout: Layout) -> Iterator[File]:
    yield File("collection.tsv", (_passage(*item) for item in layout.documents.items()))
    yield from layout.per_split("queries.{split}.tsv", _queries)
    yield from layout.per_split("qrels.{split}.tsv", _judgements)
    yield from layout.per_split("triples.{split}.tsv", lambda asked: _triples(layout, asked))


def _passage(candidate_id: str, document: Document) -> str:
    return f"{document_id(candidate_id)}\t{one_line(document.text)}"


def _queries(asked: Sequence[Asked]) -> Iterator[str]:
    for one in asked:
        yield f"{one.query_id}\t{one_line(one.text)}"


def _judgements(asked: Sequence[Asked]) -> Iterator[str]:
    """Positives alone: readers of these files take each line for one, whatever its last column says."""
    for one in asked:
        for record in one.positives:
            yield f"{one.query_id}\t0\t{document_id(record.candidate_id)}\t1"


def _triples(layout: Layout, asked: Sequence[Asked]) -> Iterator[str]:
    for one in asked:
        for positive in one.positives:
            for negative in one.negatives:
                texts = (layout.documents[record.candidate_id].text for record in (positive, negative))
                yield "\t".join(one_line(text) for text in (one.text, *texts))
