"""Where lines go: one kind of file each, which itself says what it holds."""

from collections.abc import Sequence
from typing import Protocol

from cli.exports.lines import Line


class Sink(Protocol):
    """What has been added is there for certain once `flush` returns, and is found by the next `open`."""

    rest_seconds: float  # between two writes while a run is followed

    def open(self) -> frozenset[str]:
        """Mend what a killed exporter left, and say which keys need not be added again."""
        ...

    def add(self, lines: Sequence[Line]) -> None: ...

    def flush(self) -> None: ...
