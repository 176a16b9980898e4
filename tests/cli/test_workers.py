"""Workers are processes: started, waited for, killed, and stopped without a trace."""

import os
from pathlib import Path

import psutil
import pytest

from cli.errors import CliError
from cli.workers import Workers, start_workers
from tests.e2e.waiting import eventually

SERVICE = """
import http.server, os, signal, sys

class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
if os.environ.get("STUBBORN"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:  # like a pool of processes
    signal.pause()
http.server.HTTPServer(("127.0.0.1", int(os.environ["HTTP_PORT"])), Ready).serve_forever()
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "good_service.py").write_text(SERVICE)
    (modules / "bad_service.py").write_text("raise SystemExit('no such database')")
    return {"PYTHONPATH": str(modules), "PATH": os.environ["PATH"]}


def groups(workers: Workers) -> list[int]:
    return [worker.process.pid for worker in workers.running]


def left(group: int) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if _lives_in(process, group)]


def _lives_in(process: psutil.Process, group: int) -> bool:
    try:
        return os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE
    except (ProcessLookupError, psutil.NoSuchProcess):
        return False


def test_workers_are_ready_when_the_wait_is_over_and_gone_when_stopped(
    environment: dict[str, str], tmp_path: Path
) -> None:
    workers = start_workers(environment, {"good_service": 2}, tmp_path / "log")
    try:
        workers.wait_ready(20)
        assert [worker.alive for worker in workers.of("good_service")] == [True, True]
        started = groups(workers)
        assert all(left(group) for group in started)
    finally:
        workers.stop()
    eventually(lambda: not any(left(group) for group in started), "no process is left", seconds=5)
    assert len(list((tmp_path / "log").glob("good_service-*.log"))) == 2


def test_a_killed_worker_is_gone_with_its_children_and_another_can_take_its_place(
    environment: dict[str, str], tmp_path: Path
) -> None:
    workers = start_workers(environment, {"good_service": 1}, tmp_path)
    try:
        workers.wait_ready(20)
        killed = workers.kill("good_service")
        eventually(lambda: not left(killed.process.pid), "no child is left", seconds=5)
        assert workers.of("good_service") == []
        workers.start("good_service")
        workers.wait_ready(20)
    finally:
        workers.stop()


def test_a_worker_that_ends_as_it_starts_is_named_with_its_last_words(
    environment: dict[str, str], tmp_path: Path
) -> None:
    workers = start_workers(environment, {"bad_service": 1}, tmp_path)
    try:
        with pytest.raises(CliError, match="no such database"):
            workers.wait_ready(20)
    finally:
        workers.stop()
