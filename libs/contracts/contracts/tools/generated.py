"""Files that follow from the contracts: written by a command, checked by tests."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Generated:
    path: Path
    text: str

    @property
    def is_current(self) -> bool:
        return self.path.is_file() and self.path.read_text("utf-8") == self.text


def wants_check(arguments: list[str], description: str | None) -> bool:
    parser = ArgumentParser(description=description)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file is out of date")
    return bool(parser.parse_args(arguments).check)


def settle(files: Iterable[Generated], *, check: bool, command: str) -> int:
    """Write what is out of date, or say so; the exit code."""
    stale = [file for file in files if not file.is_current]
    for file in stale:
        if check:
            say(f"out of date: {file.path}; run `python -m {command}`")
        else:
            file.path.parent.mkdir(parents=True, exist_ok=True)
            file.path.write_text(file.text, "utf-8")
            say(f"written: {file.path}")
    return int(check and bool(stale))


def pretty(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
