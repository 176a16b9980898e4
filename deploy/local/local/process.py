"""A server process: in a session of its own, remembered in a pid file, recognised before any signal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from local.errors import LocalError, NotReady
from local.state import read_names, write_private

# psutil derives the start time from the boot time, which moves a little when the clock is set.
CLOCK_TOLERANCE_SECONDS = 2.0
LARGEST_LOG_BYTES = 10_000_000


class Process:
    """At most one process per folder; any number of these objects may look at it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "server.log"
        self._file = folder / "pid.json"
        self._log_start = 0
        # Kept so that the interpreter reaps its own children.
        self._children: list[subprocess.Popen[bytes]] = []

    def find(self) -> psutil.Process | None:
        """Ours and alive, or None. A pid that was given to somebody else since is not ours."""
        try:
            kept = read_names(self._file)
            process = psutil.Process(int(kept["pid"]))
            same_start = abs(process.create_time() - float(kept["started"])) < CLOCK_TOLERANCE_SECONDS
            return process if same_start and self._lives_here(process) else None
        except (KeyError, ValueError, psutil.Error):
            return None

    def _lives_here(self, process: psutil.Process) -> bool:
        if process.status() == psutil.STATUS_ZOMBIE:
            return bool(process.num_threads() > 1)  # which still hold its port and its files
        words = process.cmdline()  # empty for an instant while one program replaces another
        return not words or any(str(self.folder) in word for word in words)

    def start(self, command: list[str]) -> None:
        self._keep_log_small()
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            child = subprocess.Popen(
                command,
                cwd=self.folder,
                env=clean_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._children.append(child)
        started = psutil.Process(child.pid).create_time()
        write_private(self._file, json.dumps({"pid": str(child.pid), "started": str(started)}))

    def stop(self, sign: signal.Signals, seconds: float) -> bool:
        """False if it had to be killed."""
        process = self.find()
        if process is None:
            return self._is_gone(seconds=0)
        process.send_signal(sign)
        process.send_signal(signal.SIGCONT)
        if self._is_gone(seconds):
            return True
        self.kill()
        return False

    def kill(self) -> None:
        """kill -9, and only the process itself: what its children make of it is part of the exercise."""
        process = self.find()
        if process is not None:
            process.kill()
        if not self._is_gone(seconds=30):
            raise LocalError(f"process {process} of {self.folder} does not end, not even by kill -9")

    def signal_all(self, sign: signal.Signals) -> None:
        process = self.find()
        if process is not None:
            for each in [process, *process.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):  # a child may have ended since it was listed
                    each.send_signal(sign)

    def last_words(self) -> str:
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return "\n".join(log.read().decode("utf-8", "replace").splitlines()[-15:])

    def _keep_log_small(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".old.log"))

    def _is_gone(self, seconds: float) -> bool:
        """A zombie is gone: only its parent, which may be somebody else, can clear it away."""
        deadline = time.monotonic() + seconds
        while self.find() is not None and time.monotonic() < deadline:
            time.sleep(0.02)
        if self.find() is not None:
            return False
        for child in self._children:
            child.wait(10)
        self._children.clear()
        return True


def clean_environment() -> dict[str, str]:
    """Without PG*, JAVA_TOOL_OPTIONS and the like, which would change what the servers do."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TZ") if name in os.environ}
    return {**kept, "LANG": "C.UTF-8"}


def run(command: list[str], *, folder: Path, doing: str) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        words = (done.stdout + done.stderr).decode("utf-8", "replace")[-3000:]
        raise LocalError(f"{doing} failed:\n{words}")


def wait_until(check: Callable[[], None], *, seconds: float, alive: Callable[[], bool]) -> None:
    """Returns once the check passes. NotReady: the process ended, or the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return check()
        except NotReady:
            if time.monotonic() > deadline or not alive():
                raise
            time.sleep(0.05)
