"""Records in the order given: one array, or one to a line."""

from collections.abc import Iterator

from contracts.event import canonical
from ranking.files import rendered
from ranking.formats.layout import File, Layout
from ranking.shape import RecordShape


def json_files(layout: Layout) -> Iterator[File]:
    yield File("records.json", [rendered(layout.records).decode().removesuffix("\n")])


def jsonl_files(layout: Layout) -> Iterator[File]:
    yield File(
        "records.jsonl",
        (canonical(RecordShape.of(record).model_dump()).decode() for record in layout.records),
    )
