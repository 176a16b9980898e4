"""The port: a kind of runs, its words and its own views."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel

from api.runs import Run
from contracts import Reference, RunEvent
from contracts.runs import Cost, RunKind
from objects import ObjectStore, put_content
from runtime.work import Database

MAX_IDS = 100_000
MAX_INLINE_IDS = 1000
MAX_INLINE_BYTES = 48 * 1024  # an event holds 64 kB


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as it goes to the services."""

    event: RunEvent
    total: int | None  # null: all that are offered
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a revision is; a step is a piece of work that its phase knows of."""

    total: int
    processed: int
    phase: str
    steps: int = 0
    steps_done: int = 0
    began_at: datetime | None = None

    def percent(self, *, over: bool) -> float:
        """All is done only when the run is over."""
        if over:
            return 100.0
        share = self.processed / self.total if self.total else 0.0
        return min(99.0, round(100 * share, 1))

    def ends_at(self, now: datetime) -> datetime | None:
        """At the pace so far, for the steps that are known."""
        if self.began_at is None or not 0 < self.steps_done < self.steps:
            return None
        left = (self.steps - self.steps_done) / self.steps_done
        return (now + left * (now - self.began_at)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Seen:
    """All that a status tells."""

    run: Run
    state: str
    progress: Progress
    cost: Cost
    now: datetime


class Kind(Protocol):
    """A kind of runs."""

    name: ClassVar[RunKind]
    things: ClassVar[str]  # products, deals
    stages: ClassVar[Sequence[str]]  # that do its work
    start_model: ClassVar[type[BaseModel]]
    started_model: ClassVar[type[BaseModel]]
    status_model: ClassVar[type[BaseModel]]
    list_model: ClassVar[type[BaseModel]]
    results_model: ClassVar[type[BaseModel]]

    async def refuse(self, views: Database, store: ObjectStore, tenant: str, body: Any) -> None:
        """Raise a Problem for what can never be done."""
        ...

    async def ask(
        self, views: Database, store: ObjectStore, tenant: str, run_id: str, body: Any
    ) -> Asked: ...

    def started(self, run_id: str, total: int | None) -> BaseModel: ...

    def listed(self, run: Run) -> Any: ...

    def status(self, seen: Seen) -> BaseModel: ...

    async def progress(self, views: Database, tenant: str, run: Run) -> Progress: ...

    async def results(
        self, views: Database, store: ObjectStore, tenant: str, run: Run, *, cursor: str | None, limit: int
    ) -> BaseModel: ...


async def list_or_inline(
    store: ObjectStore, tenant: str, ids: Sequence[int | str]
) -> tuple[tuple[int | str, ...] | None, Reference | None]:
    """Ids within the event, or as an object where they are too many or too long for one."""
    body = json.dumps(list(ids), ensure_ascii=False, separators=(",", ":")).encode()
    if len(ids) <= MAX_INLINE_IDS and len(body) <= MAX_INLINE_BYTES:
        return tuple(ids), None
    return None, await put_content(store, f"{tenant}/lists", body, count=len(ids))


def listed_fields(run: Run) -> dict[str, Any]:
    """What a list shows of runs of every kind."""
    return {
        "run_id": run.run_id,
        "revision": run.revision,
        "status": run.status,
        "requested_at": run.requested_at,
        "finished_at": run.finished_at,
        "counts": run.counts,
        "cost": run.cost,
        "words": run.words,
    }


def status_fields(seen: Seen) -> dict[str, Any]:
    """What a status shows of runs of every kind."""
    run, progress = seen.run, seen.progress
    return {
        **listed_fields(run),
        "state": seen.state,
        "phase": progress.phase,
        "progress_percent": progress.percent(over=run.over),
        "estimated_completion": None if run.over else progress.ends_at(seen.now),
        "steps": progress.steps,
        "steps_done": progress.steps_done,
        "cost": seen.cost,
        "budget_usd": run.budget_usd,
    }
