"""What the processes of a measurement use."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from cli.workers import Workers

SHOWN = 10
SAMPLE_SECONDS = 0.25


def say_processors(folder: Path) -> None:
    """Who used the processor: where answers come at once, the busiest is what holds up the rest."""
    used: dict[str, float] = {}
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if _is_ours(process, folder):
                times = process.cpu_times()
                used[_name(process)] = used.get(_name(process), 0) + times.user + times.system
    busiest = sorted(used.items(), key=lambda pair: -pair[1])[:SHOWN]
    print("  processor: " + ", ".join(f"{name} {seconds:.0f} s" for name, seconds in busiest))


@dataclass(slots=True)
class Memory:
    """The most that one worker held at once, with the processes that it started."""

    most: int = 0
    parts: list[int] = field(default_factory=list)  # the worker itself first

    def see(self, worker: psutil.Process) -> None:
        family = [worker, *worker.children(recursive=True)]
        parts = [process.memory_info().rss for process in family]
        if sum(parts) > self.most:
            self.most, self.parts = sum(parts), parts

    def __str__(self) -> str:
        return f"{self.most / 1e6:.0f} MB ({' + '.join(f'{part / 1e6:.0f}' for part in self.parts)})"


@contextmanager
def memory_of(workers: Workers, name: str) -> Iterator[Memory]:
    found, over = Memory(), threading.Event()

    def look() -> None:
        while not over.wait(SAMPLE_SECONDS):
            for worker in workers.of(name):
                with suppress(psutil.Error):
                    found.see(psutil.Process(worker.process.pid))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def _is_ours(process: psutil.Process, folder: Path) -> bool:
    """Servers name their folder, their children do not; services have it in their environment."""
    with suppress(psutil.Error):
        family = [process, *process.parents()]
        return any(str(folder) in " ".join(one.cmdline()) for one in family) or str(folder) in str(
            process.environ().get("BENCH_FOLDER", "")
        )
    return False


def _name(process: psutil.Process) -> str:
    words = process.cmdline()
    return str(words[2] if words[1:2] == ["-m"] else process.name())
