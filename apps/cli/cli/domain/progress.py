"""How far a run is, how fast it goes, and what it waits for."""

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

WINDOW_SECONDS = 30.0
NUMBER = re.compile(r"[0-9]+([.][0-9]+)?(e-[0-9]+)?", re.ASCII)
SILENT_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class StageProgress:
    name: str  # embed, cluster, package, enrich
    unit: str
    done: int
    failed: int
    expected: int | None  # None: the manifest is not here yet
    over: bool = False

    @property
    def settled(self) -> int:
        return self.done + self.failed

    @property
    def left(self) -> int | None:
        return None if self.expected is None else max(0, self.expected - self.settled)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Work that waits for the world, and for what."""

    stage: str
    reason: str
    rows: int


@dataclass(frozen=True, slots=True)
class Progress:
    run_id: str
    revision: int
    known: bool
    status: str | None
    words: str
    state: str  # active, paused, cancelled
    stages: tuple[StageProgress, ...]
    waiting: tuple[Waiting, ...]
    blocked: tuple[Waiting, ...]
    dead_letters: int
    cost_usd: float
    unpriced_calls: int
    calls: int
    budget_usd: float | None

    @property
    def over(self) -> bool:
        return self.status is not None


class Pace:
    """What a stage does in a second, over the last half minute."""

    def __init__(self, window_seconds: float = WINDOW_SECONDS) -> None:
        self.window_seconds = window_seconds
        self.seen: deque[tuple[float, int]] = deque()

    def observe(self, at: float, settled: int) -> None:
        self.seen.append((at, settled))
        while len(self.seen) > 2 and self.seen[1][0] <= at - self.window_seconds:  # noqa: PLR2004 - two make a slope
            self.seen.popleft()

    @property
    def per_second(self) -> float | None:
        if not self.seen:
            return None
        (began, before), (ended, after) = self.seen[0], self.seen[-1]
        return (after - before) / (ended - began) if ended > began and after > before else None

    def seconds_left(self, left: int | None) -> float | None:
        rate = self.per_second
        return None if left is None or rate is None else left / rate


def reasons(progress: Progress, limit: int = 4) -> list[str]:
    """Why it does not go on, the gravest first, in a sentence each."""
    blocked = [f"{one.stage} stands still: {one.reason}" for one in progress.blocked]
    waiting = [
        f"{one.stage}: {one.rows} waiting: {advised(one.reason, progress.run_id)}"
        for one in sorted(_merged(progress.waiting), key=lambda one: -one.rows)
    ]
    paused = (
        [f"paused; `assort resume {progress.run_id}` lets it go on"] if progress.state == "paused" else []
    )
    return [*paused, *blocked, *waiting][:limit]


def alike(reason: str) -> str:
    """What reasons have in common that differ in a number alone."""
    return NUMBER.sub("#", reason)


def _merged(waiting: Sequence[Waiting]) -> list[Waiting]:
    merged: dict[tuple[str, str], Waiting] = {}
    for one in waiting:
        key = (one.stage, alike(one.reason))
        known = merged.get(key)
        merged[key] = replace(known, rows=known.rows + one.rows) if known else one
    return list(merged.values())


def advised(reason: str, run_id: str) -> str:
    if "budget" in reason.lower():
        return f"{reason}; `assort budget {run_id} USD` raises it"
    return reason


def exit_code(status: str) -> int:
    return {"completed": 0, "completed_with_failures": 3}.get(status, 1)
