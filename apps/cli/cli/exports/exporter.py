"""Brings what is not there yet into every file, once or until the run is over."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cli.exports.cells import Table
from cli.exports.rows import Rows
from cli.exports.sinks import Sink

POLL_SECONDS = 0.5


@dataclass
class Open:
    """A sink with what it holds, and when it was last written."""

    sink: Sink
    there: set[str]
    written_at: float = float("-inf")

    def is_due(self, now: float) -> bool:
        return now - self.written_at >= self.sink.rest_seconds


@dataclass
class Exporter:
    rows: Rows
    sinks: Mapping[Table, Sequence[Sink]]
    opened: dict[Table, list[Open]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    async def once(self) -> str | None:
        """Returns the run's status; None: it is not over, so there will be more."""
        if not self.opened:
            self.opened = {
                table: [Open(sink, set(sink.open())) for sink in sinks] for table, sinks in self.sinks.items()
            }
        # First the status, then the rows: whatever an ended run has is there by then.
        status = await self.rows.status()
        for table, sinks in self.opened.items():
            await self._write(table, sinks, everything=status is not None)
        return status

    async def follow(self, say: Callable[[dict[str, int]], None]) -> str:
        while True:
            before = dict(self.counts)
            status = await self.once()
            if self.counts != before:
                say(self.counts)
            if status is not None:
                return status
            await asyncio.sleep(POLL_SECONDS)

    async def finish(self) -> None:
        """Whatever still rests is written now."""
        for table, sinks in self.opened.items():
            await self._write(table, sinks, everything=True)

    async def _write(self, table: Table, sinks: Sequence[Open], *, everything: bool) -> None:
        counting = await self.rows.counting(table)
        self.counts[table.name] = len(counting)
        now = time.monotonic()
        due = [one for one in sinks if everything or one.is_due(now)]
        missing = [key for key in counting if any(key not in one.there for one in due)]
        lines = await self.rows.lines(table, missing) if missing else []
        for one in due:
            new = [line for line in lines if line.key not in one.there]
            if new or one.written_at == float("-inf"):
                one.sink.add(new)
                await asyncio.to_thread(one.sink.flush)
                one.there |= {line.key for line in new}
                one.written_at = time.monotonic()
