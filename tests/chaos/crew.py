"""The workers of all stages: killed at failpoints, woken after a freeze, replaced when dead."""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cli.workers import Worker, Workers
from tests.chaos.plan import Freeze, Kill

LOOK_SECONDS = 0.1
HIT = ".hit"


@dataclass(slots=True)
class Armed:
    """A failpoint file that waits for the first worker to come by."""

    blow: Kill | Freeze
    file: Path

    def hit_by(self) -> int | None:
        """The worker's pid."""
        found = next(self.file.parent.glob(f"{self.file.name}.*{HIT}"), None)
        return int(found.name.removesuffix(HIT).rpartition(".")[2]) if found else None


@dataclass(slots=True)
class Crew:
    environment: Mapping[str, str]
    folder: Path
    counts: Mapping[str, int]
    stages: dict[str, Workers] = field(default_factory=dict)
    armed: list[Armed] = field(default_factory=list)
    frozen: dict[int, float] = field(default_factory=dict)  # when to wake it, by pid
    hits: Counter[str] = field(default_factory=Counter)  # by failpoint; freezes as "freeze"
    woken_at: float = 0  # when the last frozen one was woken
    unexplained: list[str] = field(default_factory=list)  # ends that we did not cause

    def start(self) -> None:
        for stage, count in self.counts.items():
            traps = self._traps(stage)
            traps.mkdir(parents=True, exist_ok=True)
            environment = {**self.environment, "ASSORT_FAILPOINTS": str(traps)}
            self.stages[stage] = Workers(environment, self.folder)
            for _ in range(count):
                self._start(stage)

    def wait_ready(self) -> None:
        for workers in self.stages.values():
            workers.wait_ready()

    def arm(self, blow: Kill | Freeze) -> None:
        file = self._traps(blow.stage) / f"{blow.failpoint}.{len(list(self._traps(blow.stage).iterdir()))}"
        words = f"delay_seconds={blow.delay_seconds} {'stop' if isinstance(blow, Freeze) else ''}"
        unfinished = file.with_name(f"new-{file.name}")  # a worker must not claim half a file
        unfinished.write_text(words)
        unfinished.rename(file)
        self.armed.append(Armed(blow, file))

    @property
    def waiting(self) -> list[str]:
        """Failpoints that nobody has come to yet."""
        return [f"{one.blow.stage} {one.blow.failpoint}" for one in self.armed]

    async def tend(self) -> None:
        """Count hits, wake the frozen, replace the dead; until it is cancelled."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_SECONDS)

    def look(self) -> None:
        self._note_hits()
        for pid in [pid for pid, at in self.frozen.items() if time.monotonic() >= at]:
            self._wake(pid)
        for stage, workers in self.stages.items():
            for worker in [worker for worker in workers.running if _is_dead(worker)]:
                self._bury(workers, worker)
                self._start(stage)

    def stop(self) -> None:
        for pid in list(self.frozen):
            self._wake(pid)
        for armed in self.armed:
            armed.file.unlink(missing_ok=True)
        for workers in self.stages.values():  # all at once, else each waits for the one before
            for worker in workers.running:
                with suppress(ProcessLookupError):
                    worker.process.send_signal(signal.SIGTERM)
        for workers in self.stages.values():
            workers.stop()

    def _start(self, stage: str) -> None:
        workers = self.stages[stage]
        workers.start(stage)

    def _traps(self, stage: str) -> Path:
        return self.folder / "failpoints" / stage

    def _note_hits(self) -> None:
        for armed in list(self.armed):
            pid = armed.hit_by()
            if pid is None:
                continue
            self.armed.remove(armed)
            if isinstance(armed.blow, Freeze):
                self.frozen[pid] = time.monotonic() + armed.blow.seconds
                self.hits["freeze"] += 1
            else:
                self.hits[armed.blow.failpoint] += 1

    def _wake(self, pid: int) -> None:
        del self.frozen[pid]
        self.woken_at = time.monotonic()
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

    def _bury(self, workers: Workers, worker: Worker) -> None:
        """What it started may outlive it; its session may not."""
        with suppress(ProcessLookupError):
            os.killpg(worker.process.pid, signal.SIGKILL)
        code = worker.process.wait()
        if code != -signal.SIGKILL:
            self.unexplained.append(f"{worker.name} ended by itself with {code}; see {worker.log}")
        workers.running.remove(worker)


def _is_dead(worker: Worker) -> bool:
    """Without reaping it: as long as it is a zombie, nobody else gets its pid."""
    found = os.waitid(os.P_PID, worker.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    return found is not None
