"""Ending tasks for certain."""

import asyncio
from collections.abc import Sequence

AGAIN_SECONDS = 2.0


async def end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel until they have ended: a wait that is over in the same moment swallows a cancellation."""
    unfinished = {task for task in tasks if not task.done()}
    while unfinished:
        for task in unfinished:
            task.cancel("the worker stops")
        _, unfinished = await asyncio.wait(unfinished, timeout=AGAIN_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)
