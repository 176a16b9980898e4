"""The API as processes of its own, and a line to a server that can be cut."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from tests.faults.proxy import both_ways, listening


@asynccontextmanager
async def process(environment: Mapping[str, str]) -> AsyncIterator[str]:
    """Its address; it stops when it is asked to."""
    command = [sys.executable, "-m", "api", "serve"]
    started = await asyncio.create_subprocess_exec(
        *command, env=dict(environment), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert started.stdout is not None
    try:
        line = await asyncio.wait_for(started.stdout.readline(), 60)
        yield json.loads(line)["address"]
    finally:
        started.terminate()
        code = await asyncio.wait_for(started.wait(), 30)
    assert code == 0


@dataclass
class Line:
    """Between the API and a server; while it is cut, nothing answers."""

    host: str
    port: int
    cut: bool = False
    own_port: int = 0
    wires: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.cut:
            writer.transport.abort()
            return
        self.wires.add(writer)
        above = await asyncio.open_connection(self.host, self.port)
        try:
            await both_ways((reader, writer), above)
        finally:
            self.wires.discard(writer)
            above[1].transport.abort()

    def break_off(self) -> None:
        self.cut = True
        for wire in list(self.wires):
            wire.transport.abort()

    def mend(self) -> None:
        self.cut = False


@asynccontextmanager
async def line_to(dsn: str) -> AsyncIterator[tuple[Line, str]]:
    """The line, and the address of the server through it."""
    parts = urlsplit(dsn)
    line = Line(parts.hostname or "", parts.port or 5432)
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(listening(line.serve))
        netloc = f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{port}"
        yield line, urlunsplit(parts._replace(netloc=netloc))
