"""Work that burns CPU runs in other processes, so that the event loop keeps its leases and its group."""

import asyncio
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from contracts import Unavailable

P = ParamSpec("P")
R = TypeVar("R")


class Cpu:
    """A pool of processes that heals itself."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.pool = self._fresh()

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a module-level function with picklable arguments."""
        pool = self.pool
        try:
            return await asyncio.wrap_future(pool.submit(function, *args, **kwargs))
        except BrokenProcessPool as error:
            if self.pool is pool:
                self.pool = self._fresh()
            raise Unavailable("a process of the pool died (out of memory?)") from error

    def close(self) -> None:
        self.pool.shutdown(wait=False, cancel_futures=True)

    def _fresh(self) -> ProcessPoolExecutor:
        # spawn: a forked child would inherit the event loop's sockets and the locks of its threads.
        return ProcessPoolExecutor(self.workers, mp_context=multiprocessing.get_context("spawn"))


@contextmanager
def open_cpu(workers: int) -> Iterator[Cpu]:
    cpu = Cpu(workers)
    try:
        yield cpu
    finally:
        cpu.close()
