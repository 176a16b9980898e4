"""What the ledger does with a batch of events, and what it needs for that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from contracts import Event, InvalidEvent, RunEvent
from contracts.runs import EventBuried
from ledger.domain import Change, Ended, Entry, Milestone, change_of, entry_of, milestone_of
from runtime import Arrived, Refused, RunKey, Taken, Transaction


class Log(Protocol):
    """Every event once. A repetition is counted; one with other content is counted as a conflict."""

    async def write(self, tx: Transaction, entries: Sequence[Entry]) -> None: ...


class Runs(Protocol):
    """One row for each revision of a run. What was said first stays."""

    async def mark(self, tx: Transaction, milestones: Sequence[tuple[RunKey, Milestone]]) -> None: ...


class Changes(Protocol):
    """What changed the state of runs. Noting one twice is the same as noting it once."""

    async def note(self, tx: Transaction, changes: Sequence[Change]) -> Sequence[Ended]:
        """Which revisions have ended by that, after their milestones are marked."""
        ...


class Figures(Protocol):
    def ended(self, kind: str, status: str, seconds: float | None) -> None: ...


class Letters(Protocol):
    """Dead letters of all stages. Keeping one twice is the same as keeping it once."""

    async def keep(self, tx: Transaction, letters: Sequence[tuple[EventBuried, int]]) -> None: ...


@dataclass(frozen=True, slots=True)
class FollowEvents:
    log: Log
    runs: Runs
    letters: Letters
    changes: Changes
    figures: Figures

    async def record(self, tx: Transaction, batch: Sequence[Arrived[Any]]) -> Taken:
        told = [(one.event, one.event_id, one.timestamp_ms) for one in batch if one.event is not None]
        await self.log.write(tx, [entry_of(*one) for one in told])
        await self.runs.mark(tx, [marked for event, _, seen_ms in told for marked in marks(event, seen_ms)])
        changes = [change for one in told if (change := change_of(*one)) is not None]
        for ended in await self.changes.note(tx, changes):
            self.figures.ended(ended.kind, ended.status, ended.seconds)
        letters = [(event, seen_ms) for event, _, seen_ms in told if isinstance(event, EventBuried)]
        await self.letters.keep(tx, letters)
        return Taken(refused=nothing_said(batch))


def marks(event: Event, seen_ms: int) -> Sequence[tuple[RunKey, Milestone]]:
    milestone = milestone_of(event, seen_ms)
    if milestone is None or not isinstance(event, RunEvent):
        return ()
    return ((RunKey(event.tenant, event.run_id, event.revision), milestone),)


def nothing_said(batch: Sequence[Arrived[Any]]) -> Sequence[Refused]:
    reason = InvalidEvent("no_value", "a null value withdraws an item; this topic carries none")
    return [Refused(position, reason) for position, one in enumerate(batch) if one.event is None]
