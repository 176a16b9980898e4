"""Progress of a run as server-sent events, until it is over.

The id of an event follows from what it says. A client that comes back with the last one it saw, to whichever
process, is told only what has changed since.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from pydantic import BaseModel
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.opening import Resources
from api.problems import Problem
from runtime.logs import logger
from runtime.world import is_world, words_of

HEARTBEAT = b": still here\n\n"
UNTOLD = {"estimated_completion"}  # it moves while nothing happens
RETRY_SECONDS = 10

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Told:
    """A run at one moment."""

    mark: str
    body: str
    over: bool

    @property
    def event(self) -> bytes:
        name = "end" if self.over else "progress"
        return f"id: {self.mark}\nevent: {name}\ndata: {self.body}\n\n".encode()


Look = Callable[[], Awaitable[Told]]


def told(status: BaseModel, *, over: bool) -> Told:
    said = status.model_dump_json(exclude=UNTOLD)
    return Told(hashlib.sha256(said.encode()).hexdigest()[:24], status.model_dump_json(), over)


class Stream(StreamingResponse):
    """Counted from the moment it is made until its client is gone."""

    def __init__(self, resources: Resources, look: Look, last: str | None) -> None:
        if resources.measures.open_streams >= resources.settings.max_streams:
            raise Problem(
                429,
                "streams",
                "too many streams are open here: ask for the status now and then instead, or try again",
                headers={"Retry-After": str(RETRY_SECONDS)},
            )
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(_events(resources, look, last), 200, headers, "text/event-stream")
        self.measures = resources.measures
        self.measures.stream(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # From 2.4 on Starlette learns of a client that has left only by sending, and uvicorn is silent then.
        listening = {**scope, "asgi": {**scope["asgi"], "spec_version": "2.3"}}
        try:
            await super().__call__(listening, receive, send)
        finally:
            self.measures.stream(-1)


async def _events(resources: Resources, look: Look, last: str | None) -> AsyncIterator[bytes]:
    spoke = time.monotonic()
    yield f"retry: {RETRY_SECONDS * 1000}\n\n".encode()
    while not resources.closing.is_set():
        seen = await _patiently(look)
        if seen is not None and (seen.mark != last or seen.over):
            last, spoke = seen.mark, time.monotonic()
            yield seen.event
            if seen.over:
                return
        if time.monotonic() - spoke >= resources.settings.heartbeat_seconds:
            spoke = time.monotonic()
            yield HEARTBEAT
        await _pause(resources.closing, resources.settings.events_seconds)


async def _patiently(look: Look) -> Told | None:
    """A database that is away for a while does not end a stream."""
    try:
        return await look()
    except Exception as error:
        if not is_world(error):
            raise
        log.warning("A stream waits for the world", action="stream_waits", error=words_of(error))
        return None


async def _pause(closing: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(closing.wait(), seconds)
    except TimeoutError:
        return
