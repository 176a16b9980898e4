"""The encoder, off the event loop."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from encoder import Encoder


class ThreadedEncoder:
    """One thread: torch uses the cores by itself, and lets go of the interpreter while it does."""

    def __init__(self, encoder: Encoder, thread: ThreadPoolExecutor) -> None:
        self.encoder = encoder
        self.thread = thread

    @property
    def model(self) -> str:
        return str(self.encoder.identity)

    async def encode(self, texts: list[str]) -> NDArray[np.float32]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.thread, self.encoder.encode, texts)


@contextmanager
def in_thread(encoder: Encoder) -> Iterator[ThreadedEncoder]:
    thread = ThreadPoolExecutor(1, thread_name_prefix="encoder")
    try:
        yield ThreadedEncoder(encoder, thread)
    finally:
        thread.shutdown(wait=False, cancel_futures=True)
