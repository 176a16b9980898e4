"""A line to a server that can be cut at the worst moment."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Moment = Literal["before the commit arrives", "before its answer comes back"]

COMMIT = b"COMMIT"


@asynccontextmanager
async def listening(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """The port of a server; every connection is over before it ends."""
    open_ones: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_ones.add(task)
        task.add_done_callback(open_ones.discard)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await answer(reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for task in open_ones:
            task.cancel()
        await asyncio.gather(*open_ones, return_exceptions=True)


async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while chunk := await source.read(65536):
        target.write(chunk)
        await target.drain()


async def both_ways(below: Wire, above: Wire) -> None:
    """Pass everything on until one side ends."""
    ways = {asyncio.create_task(pump(below[0], above[1])), asyncio.create_task(pump(above[0], below[1]))}
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        above[1].close()


@dataclass
class Cutter:
    """Between a worker and Postgres: cuts the line around the commit of a transaction that asks for it."""

    dsn: str
    moment: Moment
    cuts: int = 0

    @property
    def marker(self) -> str:
        """Executed within a transaction, it dooms the line of that transaction."""
        return f"select 'cut {self.moment}'"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        place = urlsplit(self.dsn)
        above = await asyncio.open_connection(place.hostname, place.port)
        down = asyncio.create_task(pump(above[0], writer))
        try:
            await self._up(reader, above, down)
        finally:
            down.cancel()
            await asyncio.gather(down, return_exceptions=True)
            above[1].close()

    async def _up(self, reader: asyncio.StreamReader, above: Wire, down: "asyncio.Task[None]") -> None:
        doomed = False
        while chunk := await reader.read(65536):
            doomed = doomed or self.marker.encode() in chunk
            if doomed and COMMIT in chunk:
                self.cuts += 1
                await self._cut(chunk, above, down)
                return
            above[1].write(chunk)

    async def _cut(self, chunk: bytes, above: Wire, down: "asyncio.Task[None]") -> None:
        if self.moment == "before the commit arrives":
            return
        down.cancel()
        await asyncio.gather(down, return_exceptions=True)
        above[1].write(chunk)
        assert await above[0].read(65536)  # Postgres has committed; nobody is told


@asynccontextmanager
async def cutting(dsn: str, moment: Moment) -> AsyncIterator[tuple[Cutter, str]]:
    """The cutter, and the address that leads through it."""
    cutter = Cutter(dsn, moment)
    async with listening(cutter.serve) as port:
        place = urlsplit(dsn)
        through = place._replace(netloc=f"{place.username}:{place.password}@127.0.0.1:{port}")
        yield cutter, urlunsplit(through)
