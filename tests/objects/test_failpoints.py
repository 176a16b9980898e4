"""A failpoint kills the process that reaches it, once for each file."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from objects.failpoints import FOLDER, failpoint

REACH = "import asyncio; from objects import failpoint; asyncio.run(failpoint('before_call')); print('alive')"


def reach(folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, FOLDER: str(folder)}
    return subprocess.Popen([sys.executable, "-c", REACH], env=environment, stdout=subprocess.PIPE, text=True)


async def test_without_the_setting_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FOLDER, raising=False)
    await failpoint("before_call")


def test_each_file_kills_one_process(tmp_path: Path) -> None:
    (tmp_path / "before_call").touch()
    (tmp_path / "before_call.2").touch()
    (tmp_path / "before_call_too").touch()
    for _ in range(2):
        with reach(tmp_path) as process:
            assert process.wait() == -signal.SIGKILL
    with reach(tmp_path) as process:
        assert process.communicate()[0] == "alive\n"
    assert (tmp_path / "before_call_too").exists()
    assert len(list(tmp_path.glob("*.hit"))) == 2


def test_the_file_may_ask_for_a_delay_and_for_a_freeze(tmp_path: Path) -> None:
    (tmp_path / "before_call").write_text("delay_seconds=0.3 stop")
    began = time.monotonic()
    with reach(tmp_path) as process:
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        assert time.monotonic() - began > 0.3
        process.send_signal(signal.SIGCONT)
        assert process.communicate()[0] == "alive\n"
