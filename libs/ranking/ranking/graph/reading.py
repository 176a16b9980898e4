"""A graph of deals out of a folder of files, and as JSON lines."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from contracts.errors import InvalidEvent
from contracts.ranking import GraphNode
from ranking.graph import csv_files, json_files
from ranking.graph.entry import Entry, refused
from ranking.graph.linking import Placed, linked
from ranking.graph.meaning import node_of

MEBIBYTE: Final = 2**20
LARGEST_MEBIBYTES: Final = 64  # of a file: it is read at once


def read_folder(folder: Path) -> tuple[GraphNode, ...]:
    """Sorted by id. InvalidEvent: what is wrong where, and what to do."""
    nodes = linked(
        (Placed(node_of(entry), entry.place) for path in _files(folder) for entry in _entries(path)),
        "graph_folder",
    )
    if not nodes:
        raise refused(f"{folder}: its files hold no node; bring platforms, and add-ons and events of them")
    return nodes


def lines(nodes: Sequence[GraphNode]) -> bytes:
    """A line for each node, sorted by id."""
    ordered = sorted(nodes, key=lambda node: node.node_id)
    return b"".join(node.canonical() + b"\n" for node in ordered)


def read_lines(body: bytes) -> tuple[GraphNode, ...]:
    return linked(_placed(body), "graph")


def _placed(body: bytes) -> Iterator[Placed]:
    for number, line in enumerate(body.split(b"\n"), 1):
        if line.strip():
            try:
                yield Placed(GraphNode.read(line), f"line {number}")
            except InvalidEvent as error:
                words = f"line {number}: {error.words}; write each node as JSON in a line of its own"
                raise InvalidEvent("graph", words) from error


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise refused(f"{folder}: no folder; name the one that holds the files of the graph")
    found = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    files = sorted(path for path in found if path.suffix.lower() in {".json", ".csv"})
    if not files:
        raise refused(f"{folder}: no file; bring platforms, add_ons and events as .json or .csv")
    return files


def _entries(path: Path) -> Iterator[Entry]:
    read = json_files.entries if path.suffix.lower() == ".json" else csv_files.entries
    return read(path.name, path.stem, _text(path))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_MEBIBYTES * MEBIBYTE:
            raise refused(f"{path.name}: larger than {LARGEST_MEBIBYTES} MiB; divide it into several files")
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refused(f"{path.name}: not UTF-8; save it as UTF-8 and bring it again") from error
    except OSError as error:
        raise refused(f"{path.name}: cannot be read ({error.strerror}); allow it to be read") from error
    if "\0" in text:
        raise refused(f"{path.name}: holds null characters, so it is not plain text; save it as UTF-8")
    return text
