"""The servers of one test run; local ones lie in a temporary folder that names the run's pid."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from local import Endpoints, LocalServers

PREFIX = "assort-tests-"


def start_servers(stack: ExitStack) -> Endpoints:
    """Containers where Docker answers and has the images, else local servers."""
    from tests.containers import containers, docker_answers  # noqa: PLC0415 - slow, and seldom needed

    if docker_answers():
        from docker.errors import DockerException  # type: ignore[import-untyped]  # noqa: PLC0415

        try:
            home = stack.enter_context(tempfile.TemporaryDirectory())
            return stack.enter_context(containers(Path(home)))
        except DockerException as error:
            logging.getLogger(__name__).warning("Docker answers, but: %s; local servers instead", error)
    sweep_dead_runs()
    return stack.enter_context(temporary_servers()).up()


@contextmanager
def temporary_servers() -> Iterator[LocalServers]:
    """Not started yet; whatever was started is stopped at the end, also on Ctrl-C."""
    home = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")).resolve()
    servers = LocalServers(home)
    try:
        yield servers
    finally:
        servers.down()
        # A backend of a Postgres that a test killed may still be writing.
        shutil.rmtree(home, ignore_errors=True)


def sweep_dead_runs() -> None:
    """A run that was killed left its servers behind."""
    for home in Path(tempfile.gettempdir()).resolve().glob(f"{PREFIX}*-*"):
        pid = int(home.name.removeprefix(PREFIX).partition("-")[0])
        if home.stat().st_uid == os.getuid() and not psutil.pid_exists(pid):
            LocalServers(home).down()
            shutil.rmtree(home, ignore_errors=True)
