"""The services as processes of this machine: for demonstrations, and for tests that kill them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from cli.errors import CliError, Exit
from cli.reading import STAGES

READY_SECONDS = 90.0
STOP_SECONDS = 25.0
LOOK_SECONDS = 0.1
TAIL_LINES = 8

ONE_OF_EACH: Mapping[str, int] = dict.fromkeys(STAGES, 1)


@dataclass(slots=True)
class Worker:
    name: str
    process: subprocess.Popen[bytes]
    log: Path
    port: int

    @property
    def ready(self) -> bool:
        """It answers, reads from Kafka and nothing blocks it."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=1)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    @property
    def alive(self) -> bool:
        return self.process.poll() is None


@dataclass(slots=True)
class Workers:
    """Processes that were started here, and that are stopped here by their pids."""

    environment: Mapping[str, str] = field(repr=False)  # it holds passwords
    folder: Path
    running: list[Worker] = field(default_factory=list)
    started: int = 0

    def start(self, name: str) -> Worker:
        """One more worker of this service."""
        self.started += 1
        port = _free_port()
        log = self.folder / f"{name}-{self.started}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", name],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env={**self.environment, "HTTP_PORT": str(port)},
                start_new_session=True,  # Ctrl-C is for the one who started them
            )
        worker = Worker(name, process, log, port)
        self.running.append(worker)
        return worker

    def of(self, name: str) -> list[Worker]:
        return [worker for worker in self.running if worker.name == name and worker.alive]

    def kill(self, name: str) -> Worker:
        """kill -9 of the oldest worker of this service, and of the processes that it started."""
        worker = self.of(name)[0]
        _signal(worker, signal.SIGKILL)
        worker.process.wait()
        self.running.remove(worker)
        return worker

    def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while True:
            for worker in self.running:
                if not worker.alive:
                    raise CliError(
                        f"{worker.name} ended as it started; see {worker.log}:\n{tail(worker.log)}"
                    )
            waiting = [worker for worker in self.running if not worker.ready]
            if not waiting:
                return
            if time.monotonic() > deadline:
                names = ", ".join(f"{worker.name} ({worker.log})" for worker in waiting)
                raise CliError(f"not ready after {seconds:.0f} s: {names}", Exit.NO_SERVER)
            time.sleep(LOOK_SECONDS)

    def stop(self) -> None:
        """SIGTERM to all, and kill -9 for who does not listen."""
        for worker in self.running:
            if worker.alive:
                worker.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for worker in self.running:
            with suppress(subprocess.TimeoutExpired):
                worker.process.wait(max(0.1, deadline - time.monotonic()))
            _signal(worker, signal.SIGKILL)  # its pool of processes, should one be left
            worker.process.wait()
        self.running.clear()


def start_workers(environment: Mapping[str, str], counts: Mapping[str, int], log_folder: Path) -> Workers:
    """So many workers of each service. `environment` is all that they see; `wait_ready` waits for them."""
    log_folder.mkdir(parents=True, exist_ok=True)
    workers = Workers(environment, log_folder)
    try:
        for name, count in counts.items():
            for _ in range(count):
                workers.start(name)
    except OSError:
        workers.stop()
        raise
    return workers


def tail(log: Path, lines: int = TAIL_LINES) -> str:
    return "\n".join(log.read_text("utf-8", errors="replace").splitlines()[-lines:])


def _signal(worker: Worker, number: signal.Signals) -> None:
    """To the worker's whole group: it leads a session of its own."""
    try:
        os.killpg(worker.process.pid, number)
    except ProcessLookupError:
        return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
