"""Files of judgements: BEIR's, with a header and tabs, and TREC's `query 0 document grade`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contracts.errors import InvalidEvent
from ranking.training.lines import lines_of, malformed

BEIR_SUFFIX: Final = ".tsv"
TREC_SUFFIXES: Final = (".txt", ".qrels")
BEIR_FIELDS: Final = 3
TREC_FIELDS: Final = 4
HIGHEST_GRADE: Final = 30  # of so many LambdaRank is told the gain


@dataclass(frozen=True, slots=True)
class Judgement:
    query_id: str
    doc_id: str
    grade: int


def files_of(folder: Path) -> Mapping[str, Path]:
    """By split."""
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.suffix not in (BEIR_SUFFIX, *TREC_SUFFIXES):
            continue
        if path.stem in found:
            both = f"{found[path.stem].name} and {path.name}"
            raise InvalidEvent("beir_folder", f"{folder} has {both}: keep one of them")
        found[path.stem] = path
    if not found:
        raise InvalidEvent(
            "beir_folder", f"{folder} is missing or empty: it holds judgements, like test.tsv or test.txt"
        )
    return found


def read(path: Path) -> list[Judgement]:
    """In the order of the file."""
    read_line = _beir if path.suffix == BEIR_SUFFIX else _trec
    lines = list(lines_of(path))
    if lines and path.suffix == BEIR_SUFFIX and _is_header(lines[0][1]):
        del lines[0]
    return [read_line(path, number, line) for number, line in lines]


def _is_header(line: str) -> bool:
    fields = line.split("\t")
    return len(fields) == BEIR_FIELDS and not _is_number(fields[-1])


def _beir(path: Path, number: int, line: str) -> Judgement:
    fields = line.rstrip("\r").split("\t")
    if len(fields) != BEIR_FIELDS:
        raise malformed(path, number, "query, document and grade, divided by tabs, are expected")
    return Judgement(fields[0], fields[1], _grade(path, number, fields[2]))


def _trec(path: Path, number: int, line: str) -> Judgement:
    fields = line.split()
    if len(fields) != TREC_FIELDS:
        raise malformed(path, number, "`query 0 document grade` is expected")
    return Judgement(fields[0], fields[2], _grade(path, number, fields[3]))


def _grade(path: Path, number: int, word: str) -> int:
    """TREC knows grades below 0, of spam: no more than not relevant."""
    if not _is_number(word) or int(word) > HIGHEST_GRADE:
        raise malformed(path, number, f"a grade is a whole number up to {HIGHEST_GRADE}, not {word!r}")
    return max(0, int(word))


def _is_number(word: str) -> bool:
    digits = word.strip().removeprefix("-")
    return digits.isascii() and digits.isdigit()
