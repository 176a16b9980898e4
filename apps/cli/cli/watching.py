"""Following a run until it is over: a live table in a terminal, plain lines elsewhere."""

import asyncio
import time
from collections import defaultdict
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.text import Text

from cli.connections import Connection
from cli.console import console, plain, span, table, usd
from cli.domain.progress import SILENT_SECONDS, Pace, Progress, StageProgress, reasons
from cli.observing import observe

POLL_SECONDS = 0.4
SILENT = (
    "no service has taken up this run: are the services running?"
    " It stays asked for: Ctrl-C leaves, and `--no-watch` does not wait"
)


class Display(Protocol):
    def show(self, progress: Progress, paces: dict[str, Pace], seconds: float) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


async def follow(connection: Connection, tenant: str, run_id: str, revision: int) -> Progress:
    """Show the run until it is over; returns how it ended."""
    paces: dict[str, Pace] = defaultdict(Pace)
    began = time.monotonic()
    with display(console()) as shown:
        while True:
            progress = await observe(connection, tenant, run_id, revision)
            now = time.monotonic()
            for stage in progress.stages:
                paces[stage.name].observe(now, stage.settled)
            shown.show(progress, paces, now - began)
            if progress.over:
                return progress
            await asyncio.sleep(POLL_SECONDS)


def display(terminal: Console) -> Display:
    return LiveTable(terminal) if terminal.is_terminal else Lines(terminal)


class LiveTable:
    def __init__(self, terminal: Console) -> None:
        self.live = Live(console=terminal, refresh_per_second=4, transient=False)

    def __enter__(self) -> Self:
        self.live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.live.__exit__(kind, error, trace)

    def show(self, progress: Progress, paces: dict[str, Pace], seconds: float) -> None:
        rows = table("stage", "", "done", "failed", "rate", "left", right=("done", "failed", "rate", "left"))
        for stage in progress.stages:
            pace = paces[stage.name]
            rows.add_row(
                stage.name,
                ProgressBar(total=max(1, stage.expected or 1), completed=_completed(stage), width=30),
                _done(stage),
                f"[red]{stage.failed}[/red]" if stage.failed else "",
                "" if stage.left == 0 else _rate(pace),
                "" if stage.left == 0 else span(pace.seconds_left(stage.left)),
            )
        notes = [Text.from_markup(f"  [yellow]![/yellow] {words}") for words in _notes(progress, seconds)]
        self.live.update(Group(Text.from_markup(_head(progress, seconds)), rows, *notes))


class Lines:
    """One line whenever something has changed: for files and pipes."""

    def __init__(self, terminal: Console) -> None:
        self.terminal = terminal
        self.last = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def show(self, progress: Progress, paces: dict[str, Pace], seconds: float) -> None:
        stages = "  ".join(f"{stage.name} {_done(stage)}{_failed(stage)}" for stage in progress.stages)
        notes = "".join(f"  ! {words}" for words in _notes(progress, seconds))
        line = f"{stages}  {_money(progress)}{notes}"
        if line != self.last:
            self.terminal.print(f"{seconds:6.1f} s  {line}", soft_wrap=True)
            self.last = line


def _head(progress: Progress, seconds: float) -> str:
    revision = f" revision {progress.revision}" if progress.revision > 1 else ""
    state = progress.status or {"active": "running"}.get(progress.state, progress.state)
    return f"[bold]{progress.run_id}[/bold]{revision}  {state}  {span(seconds)}  {_money(progress)}"


def _money(progress: Progress) -> str:
    limit = "" if progress.budget_usd is None else f" of {progress.budget_usd:.4f}"
    return f"{progress.calls} calls  {usd(progress.cost_usd, progress.unpriced_calls)}{limit}"


def _notes(progress: Progress, seconds: float) -> list[str]:
    if progress.over:
        return []
    notes = [plain(words) for words in reasons(progress)]
    if progress.dead_letters:
        notes.append(f"{progress.dead_letters} dead letters: `assort dead list`")
    if not progress.known and seconds > SILENT_SECONDS:
        notes.append(SILENT)
    return notes


def _completed(stage: StageProgress) -> int:
    return 1 if stage.expected == 0 else stage.settled


def _done(stage: StageProgress) -> str:
    if stage.expected is None:
        return f"{stage.done}/?" if stage.done else "..."
    return f"{stage.done}/{stage.expected} {stage.unit}"


def _failed(stage: StageProgress) -> str:
    return f" ({stage.failed} failed)" if stage.failed else ""


def _rate(pace: Pace) -> str:
    return "" if pace.per_second is None else f"{pace.per_second:.1f}/s"
