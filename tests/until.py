"""Waiting for something that must happen, with a limit."""

import asyncio
import time
from collections.abc import Awaitable, Callable


async def until(check: Callable[[], Awaitable[bool]], *, what: str, seconds: float = 20) -> None:
    """Look again and again until `check` says yes; fail with `what` was missed after `seconds`."""
    deadline = time.monotonic() + seconds
    while not await check():
        if time.monotonic() > deadline:
            raise AssertionError(f"never seen within {seconds:g} s: {what}")
        await asyncio.sleep(0.03)
