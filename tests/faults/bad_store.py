"""An object store in trouble: real S3 behind a line on which every so many requests meet a fault."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Literal, get_args

from objects.s3 import S3Place
from tests.faults.proxy import Wire, both_ways, listening

StoreFault = Literal["slow_down", "internal_error", "silence", "cut_off", "half_a_body", "lost_answer"]
FAULTS: tuple[StoreFault, ...] = get_args(StoreFault)
EVERY = 3  # so that boto3's own three attempts mend some, and not all

END_OF_HEAD = b"\r\n\r\n"
CONTINUE = b"HTTP/1.1 100"


def _error(status: str, code: str) -> bytes:
    body = f"<Error><Code>{code}</Code><Message>words</Message></Error>"
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()


REFUSALS: Mapping[StoreFault | None, bytes] = {
    "slow_down": _error("503 Slow Down", "SlowDown"),
    "internal_error": _error("500 Internal Server Error", "InternalError"),
    "cut_off": b"",
}


@dataclass
class BadStore:
    """Passes requests on, one to a connection; the faults come in turn."""

    place: S3Place
    every: int = EVERY
    met: Counter[StoreFault] = field(default_factory=Counter)
    numbers: "count[int]" = field(default_factory=count)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(END_OF_HEAD)
        fault = self._next(head)
        if fault == "silence":
            await asyncio.sleep(3600)
        if fault in REFUSALS:
            writer.write(REFUSALS[fault])
            return await writer.drain()
        above = await self._above(head)
        if fault is None:
            return await both_ways((reader, writer), above)
        return await self._spoil(fault, (reader, writer), above)

    def _next(self, head: bytes) -> StoreFault | None:
        number = next(self.numbers)
        if number % self.every:
            return None
        fault = FAULTS[number // self.every % len(FAULTS)]
        reads = head.startswith(b"GET")
        if fault == "half_a_body" and not reads:
            fault = "lost_answer"  # of a PUT: it took effect, and nobody knows
        if reads and not self.met["half_a_body"]:
            fault = "half_a_body"  # its turn need not fall on a read, so the first read takes it
        self.met[fault] += 1
        return fault

    async def _above(self, head: bytes) -> Wire:
        host, _, port = str(self.place.endpoint).removeprefix("http://").partition(":")
        above = await asyncio.open_connection(host, int(port))
        # Not among the signed headers: the next request gets a connection, and a fate, of its own.
        above[1].write(head.removesuffix(b"\r\n") + b"Connection: close\r\n\r\n")
        return above

    async def _spoil(self, fault: StoreFault, below: Wire, above: Wire) -> None:
        up = asyncio.create_task(_relay(below[0], above[1]))
        try:
            answer = await above[0].readuntil(END_OF_HEAD)
            if answer.startswith(CONTINUE):
                below[1].write(answer)
                answer = await above[0].readuntil(END_OF_HEAD)
            body = await above[0].read()
            if fault == "half_a_body":
                below[1].write(answer + body[: len(body) // 2])
                await below[1].drain()
        finally:
            up.cancel()
            await asyncio.gather(up, return_exceptions=True)
            above[1].close()


async def _relay(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while chunk := await source.read(65536):
        target.write(chunk)


@asynccontextmanager
async def bad_store(place: S3Place) -> AsyncIterator[tuple[BadStore, S3Place]]:
    """The trouble, and the address that leads through it."""
    store = BadStore(place)
    async with listening(store.serve) as port:
        yield (
            store,
            replace(place, endpoint=f"http://127.0.0.1:{port}", connect_seconds=1, read_seconds=0.3),
        )
