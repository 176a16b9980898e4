"""Places where a chaos test may kill a worker. Without ASSORT_FAILPOINTS they do nothing.

ASSORT_FAILPOINTS names a folder. Whoever reaches the failpoint `before_call` claims one file there named
`before_call` or `before_call.<anything>` by renaming it to `<file>.<pid>.hit`, and dies of SIGKILL.
Words in the file change that: `delay_seconds=0.5` waits first, `stop` freezes the process (SIGSTOP) instead.
"""

import asyncio
import os
import signal
from pathlib import Path

FOLDER = "ASSORT_FAILPOINTS"
HIT = ".hit"


async def failpoint(name: str) -> None:
    folder = os.environ.get(FOLDER)
    if folder is None:
        return
    claimed = _claim(Path(folder), name)
    if claimed is None:
        return
    words = dict(word.partition("=")[::2] for word in claimed.read_text().split())
    await asyncio.sleep(float(words.get("delay_seconds", "0")))
    os.kill(os.getpid(), signal.SIGSTOP if "stop" in words else signal.SIGKILL)


def _claim(folder: Path, name: str) -> Path | None:
    waiting = [folder / name, *sorted(folder.glob(f"{name}.*"))]
    for path in waiting:
        if path.suffix == HIT:
            continue
        claimed = path.with_name(f"{path.name}.{os.getpid()}{HIT}")
        try:
            path.rename(claimed)
        except FileNotFoundError:
            continue
        return claimed
    return None
