"""Files that a request brings: read and checked before anything is asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cli.errors import CliError
from contracts.errors import AssortError, Coded
from ranking.files import read_records
from ranking.graph.reading import lines, read_folder


@dataclass(frozen=True, slots=True)
class Content:
    body: bytes
    count: int


@dataclass(frozen=True, slots=True)
class Brought:
    """A graph as JSON lines, and records to append to."""

    graph: Content | None = None
    existing: Content | None = None

    @classmethod
    def read(cls, graph: Path | None, existing: Path | None) -> Self:
        return cls(_graph(graph) if graph else None, _existing(existing) if existing else None)


@contextmanager
def refusals(before: str = "") -> Iterator[None]:
    """What the library finds wrong with files is one line to the user."""
    try:
        yield
    except Coded as error:
        raise CliError(f"{before}{error.words}") from error
    except AssortError as error:
        raise CliError(f"{before}{error}") from error
    except OSError as error:
        raise CliError(f"{before}cannot write {error.filename}: {error.strerror}") from error


def _graph(folder: Path) -> Content:
    with refusals():
        nodes = read_folder(folder)
        return Content(lines(nodes), len(nodes))


def _existing(file: Path) -> Content:
    try:
        body = file.read_bytes()
    except OSError as error:
        raise CliError(f"cannot read {file}: {error.strerror}") from error
    with refusals():
        return Content(body, len(read_records(body, str(file))))
