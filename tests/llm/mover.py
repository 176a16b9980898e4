"""Moves in processes of their own, to be killed: python -m tests.llm.mover '<json>' prints how each ended.

One interpreter loads everything and forks for each, as loading takes longer than a move.
"""

import asyncio
import json
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg

from llm import Log, Mover, Moves
from objects import FolderObjects, ObjectSettings, open_bucket
from objects.failpoints import FOLDER


async def move(order: dict[str, Any]) -> None:
    settings = ObjectSettings()
    async with asyncpg.create_pool(order["dsn"], min_size=2, max_size=8) as pool:
        local = FolderObjects(Path(order["folder"]))
        mover = Mover(local, lambda bucket: open_bucket(settings, bucket), Moves(pool))
        log = Log(order["tenant"], order["run_id"])
        if order["what"] == "migrate":
            await mover.migrate(log, settings.s3_bucket, remove_local=True)
        else:
            await mover.rollback(log, remove_remote=True)


def ends(order: dict[str, Any]) -> Iterator[int]:
    """A process for each point, to be killed there; None: it is left to finish."""
    for point in order["points"]:
        if point is not None:
            Path(os.environ[FOLDER], point).touch()
        child = os.fork()
        if child == 0:
            os._exit(_moved(order))
        yield os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _moved(order: dict[str, Any]) -> int:
    try:
        asyncio.run(move(order))
    except Exception:  # noqa: BLE001 - the child has to end here, whatever it is
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    sys.stdout.write(json.dumps(list(ends(json.loads(sys.argv[1])))))
