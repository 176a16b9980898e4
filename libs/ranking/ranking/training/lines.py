"""Files line by line; whoever finds a line wrong says where it stands."""

from collections.abc import Iterator
from pathlib import Path

from contracts.errors import InvalidEvent


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """Numbered from 1, without empty ones. Only a line feed ends a line: JSON may hold other separators."""
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            try:
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                raise malformed(path, number, "it is not UTF-8") from error
            if line.strip():
                yield number, line


def malformed(path: Path, number: int, words: str) -> InvalidEvent:
    return InvalidEvent("beir_folder", f"{path}, line {number}: {words}")
