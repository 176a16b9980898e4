"""The simulator as a process of this machine."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.errors import CliError
from cli.workers import tail

READY_SECONDS = 30.0
LOOK_SECONDS = 0.05


@contextmanager
def running_simulator(latency_seconds: float, folder: Path, *, gold: Path | None = None) -> Iterator[str]:
    """Its address, for LLM_BASE_URL; stopped at the end. `gold`: a file of labels that it answers by."""
    folder.mkdir(parents=True, exist_ok=True)
    log, port_file = folder / "simulator.log", folder / "simulator.port"
    port_file.unlink(missing_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "simulator",
                "--latency",
                str(latency_seconds),
                "--port-file",
                str(port_file),
                *(("--gold", str(gold)) if gold else ()),
            ],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env=dict(os.environ),
        )
    try:
        yield f"http://127.0.0.1:{_port(process, port_file, log)}/v1"
    finally:
        process.terminate()
        process.wait()


def _port(process: subprocess.Popen[bytes], port_file: Path, log: Path) -> int:
    deadline = time.monotonic() + READY_SECONDS
    while not port_file.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise CliError(f"the simulator did not start; see {log}:\n{tail(log)}")
        time.sleep(LOOK_SECONDS)
    return int(port_file.read_text("utf-8"))
