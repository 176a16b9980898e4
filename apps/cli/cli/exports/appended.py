"""JSON lines and CSV: files that grow. A torn end, left by a kill, is cut off when the file is opened."""

import csv
import io
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from cli.errors import CliError
from cli.exports.cells import Table, row, told
from cli.exports.lines import Line
from cli.exports.places import sync, sync_folder
from contracts.event import describe

MAX_FIELD = 2**26  # the ids of a large package are longer than what the module allows by itself
REMOVE = "remove it and run `assort export` again: it is written anew"


@dataclass(frozen=True, slots=True)
class Key:
    """What a record is about, and the run that it belongs to."""

    key: str
    run_id: str


class Appended(ABC):
    """`header` begins the file; `records` cuts bytes into whole records; `key` reads one."""

    rest_seconds = 0.0

    def __init__(self, path: Path, run_id: str) -> None:
        self.path = path
        self.run_id = run_id
        self.waiting: list[bytes] = []

    def open(self) -> frozenset[str]:
        if not self.path.exists():
            self._begin()
            return frozenset()
        body = self.path.read_bytes()
        keys, end = self._read(body)
        if end < len(body):
            _cut(self.path, end)
        if end == 0 and self.header:
            self._append(self.header)
        return frozenset(keys)

    def add(self, lines: Sequence[Line]) -> None:
        self.waiting += [self.record(line) for line in lines]

    def flush(self) -> None:
        if self.waiting:
            self._append(b"".join(self.waiting))
            self.waiting = []

    @property
    def header(self) -> bytes:
        return b""

    @abstractmethod
    def record(self, line: Line) -> bytes: ...

    @abstractmethod
    def split(self, body: bytes) -> Iterator[bytes]:
        """Whole records, each with its end; what is torn is left out."""
        ...

    @abstractmethod
    def key(self, record: bytes) -> Key:
        """ValueError: this is no record."""
        ...

    def _read(self, body: bytes) -> tuple[list[str], int]:
        """The keys, and where the last whole record ends. Only the last may be broken: it was torn."""
        keys: list[str] = []
        end = self._after_header(body)
        for record in self.split(body[end:]) if end or not self.header else ():
            try:
                found = self.key(record)
            except (ValueError, csv.Error) as error:
                if end + len(record) < len(body):
                    raise CliError(
                        f"{self.path}, record {len(keys) + 1} is broken: {_words(error)}; {REMOVE}"
                    ) from error
                break
            if found.run_id != self.run_id:
                raise CliError(f"{self.path} belongs to {found.run_id}: choose another --output")
            keys.append(found.key)
            end += len(record)
        return keys, end

    def _after_header(self, body: bytes) -> int:
        if body.startswith(self.header):
            return len(self.header)
        if self.header.startswith(body):
            return 0
        raise CliError(f"{self.path} has other columns than this version writes; {REMOVE}")

    def _begin(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._append(self.header)
        sync_folder(self.path.parent)

    def _append(self, body: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(body)
            sync(file)


class JsonLines(Appended):
    def __init__(self, path: Path, run_id: str, table: Table) -> None:
        super().__init__(path, run_id)
        self.table = table

    def record(self, line: Line) -> bytes:
        return line.model_dump_json().encode() + b"\n"

    def split(self, body: bytes) -> Iterator[bytes]:
        return (record + b"\n" for record in body.split(b"\n")[:-1])

    def key(self, record: bytes) -> Key:
        line = self.table.line.model_validate_json(record, extra="ignore")
        return Key(line.key, line.run_id)


class Csv(Appended):
    def __init__(self, path: Path, run_id: str, table: Table) -> None:
        super().__init__(path, run_id)
        self.table = table

    @property
    def header(self) -> bytes:
        return _csv([self.table.titles])

    def record(self, line: Line) -> bytes:
        return _csv([row(self.table.columns, line)])

    def split(self, body: bytes) -> Iterator[bytes]:
        yield from csv_records(body)

    def key(self, record: bytes) -> Key:
        named = csv_cells(record, self.table.titles)
        return Key(named["package_id"], named["run_id"])


def csv_records(body: bytes) -> Iterator[bytes]:
    """A record ends at a line end outside quotes; a doubled quote opens and closes, which is no harm."""
    start = at = 0
    quoted = False
    for part in body.split(b"\n")[:-1]:
        at += len(part) + 1
        quoted ^= part.count(b'"') % 2 == 1
        if not quoted:
            yield body[start:at]
            start = at


def csv_cells(record: bytes, titles: Sequence[str]) -> dict[str, str]:
    """ValueError or csv.Error: this is no record of the table."""
    csv.field_size_limit(MAX_FIELD)
    [values] = csv.reader(io.StringIO(record.decode(), newline=""), strict=True)
    if len(values) != len(titles):
        raise ValueError(f"{len(values)} cells where {len(titles)} belong")
    return {title: told(value) for title, value in zip(titles, values, strict=True)}


def _words(error: Exception) -> str:
    return describe(error) if isinstance(error, ValidationError) else str(error)


def _csv(rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _cut(path: Path, end: int) -> None:
    with path.open("r+b") as file:
        file.truncate(end)
        sync(file)
