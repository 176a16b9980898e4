"""The examples of every event, as they were published: they must be readable for ever."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.event import Event
from contracts.registry import Contract
from contracts.tools.places import EXAMPLES


@dataclass(frozen=True, slots=True)
class Example:
    contract: Contract
    path: Path

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def body(self) -> bytes:
        return self.path.read_bytes()

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document

    @property
    def event(self) -> Event:
        return self.contract.event.read(self.body)


def examples(contract: Contract, folder: Path = EXAMPLES) -> Iterator[Example]:
    """The plainest first: it is the one that documents show."""
    paths = (folder / contract.topic).glob("*.json")
    for path in sorted(paths, key=lambda path: (path.stem != "minimal", path.stem)):
        yield Example(contract, path)
