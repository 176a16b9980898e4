"""Exploration in a process of its own, which can be stopped at any moment, whatever it does."""

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Final

from bundling.budget import allotted_seconds
from bundling.deadline import Deadline
from bundling.generating import Ended, Explored, Mined, Told, Work, combined, explore

GRACE_SECONDS: Final = 0.3  # what a combo takes to notice that its time is over, before it is stopped
SPARE_SECONDS: Final = 0.5  # what orders say is worked out anew after a stop: for less it is not begun

Exploration = Callable[[Work, Deadline], Iterator[Told]]


@dataclass(frozen=True, slots=True)
class Child:
    process: SpawnProcess
    connection: Connection

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


class ProcessExplorer:
    """One child works and another waits to take its place: no run waits for a start. One run at a time."""

    def __init__(self, exploration: Exploration = explore) -> None:
        self.exploration = exploration
        self.turn = asyncio.Lock()
        self.children = [self._fresh(), self._fresh()]

    async def explore(self, work: Work, deadline: Deadline) -> Explored:
        async with self.turn:
            return await asyncio.to_thread(self._explore, work, deadline)

    def close(self) -> None:
        while self.children:
            self.children.pop().stop()

    def _explore(self, work: Work, deadline: Deadline) -> Explored:
        began, told, done = time.monotonic(), list[Told](), 0
        while done < len(work.combos) and (not done or deadline.left_seconds > SPARE_SECONDS):
            told += self._some(work.after(done), deadline)
            done = sum(isinstance(one, Ended) for one in told)
        return combined(told, time.monotonic() - began)

    def _some(self, work: Work, deadline: Deadline) -> list[Told]:
        """Up to the end, or to a combo that does not end in its time: that one ends here."""
        child, told, began = self.children[0], list[Told](), time.monotonic()
        crashed = False
        try:
            child.connection.send((work, deadline.at_seconds))
            if _listen(child.connection, told, Mined, deadline.at_seconds) and self._combos(
                child, work, deadline, told
            ):
                return told
        except (EOFError, OSError):  # the child died, by an error or out of memory: what it told stays
            crashed = True
        self.children.pop(0).stop()
        self.children.append(self._fresh())
        before = [one.seconds for one in told if isinstance(one, Ended)]
        seconds = time.monotonic() - began - sum(before)
        return [*told, Ended(work.combos[len(before)], seconds, complete=False, crashed=crashed)]

    def _combos(self, child: Child, work: Work, deadline: Deadline, told: list[Told]) -> bool:
        """False: one did not end in its time."""
        for number in range(len(work.combos)):
            seconds = allotted_seconds(deadline.left_seconds, len(work.combos) - number)
            limit = deadline.within(seconds + GRACE_SECONDS).at_seconds
            if not _listen(child.connection, told, Ended, limit):
                return False
        return True

    def _fresh(self) -> Child:
        # spawn: a forked child would inherit the event loop's sockets and the locks of its threads.
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=serve, args=(there, self.exploration), daemon=True)
        process.start()
        there.close()
        return Child(process, here)


def _listen(connection: Connection, told: list[Told], last: type[Told], limit: float) -> bool:
    """Up to word of this kind; False: it did not come in time."""
    while (left := limit - time.monotonic()) > 0 and connection.poll(left):
        told.append(connection.recv())
        if isinstance(told[-1], last):
            return True
    return False


def serve(connection: Connection, exploration: Exploration) -> None:
    """The child: one exploration after the other, until its parent is gone."""
    with suppress(EOFError, KeyboardInterrupt):
        while True:
            work, ends_at = connection.recv()
            for told in exploration(work, Deadline(ends_at)):
                connection.send(told)
