"""Waiting, for tests that are no coroutines."""

import time
from collections.abc import Callable


def eventually(check: Callable[[], bool], what: str, *, seconds: float = 30) -> None:
    """Look until `check` says yes; fail with `what` was missed."""
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            raise AssertionError(f"never seen within {seconds:g} s: {what}")
        time.sleep(0.1)
