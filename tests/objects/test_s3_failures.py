"""What a bucket can do to us, and who is at fault then."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from uuid import uuid4

import pytest

from contracts import Blocked, Unavailable
from local import Endpoints
from objects import ObjectSettings, S3Objects, open_objects
from objects.s3 import S3Place

KEY = "some/key"


@contextmanager
def opened(place: S3Place) -> Iterator[S3Objects]:
    store = S3Objects(replace(place, connect_seconds=0.5, read_seconds=0.5))
    try:
        yield store
    finally:
        store.close()


@asynccontextmanager
async def answering(reply: bytes, seconds: float = 0) -> AsyncIterator[S3Place]:
    """A server that says the same thing to everybody, after a while."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(seconds)
        writer.write(reply)

    async with serving(answer) as endpoint:
        yield S3Place("bucket", endpoint=endpoint, key="key", secret="secret")


@asynccontextmanager
async def serving(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """The address of a server; every connection is over before it ends."""
    open_ones: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_ones.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await answer(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in open_ones:
            task.cancel()
        await asyncio.gather(*open_ones, return_exceptions=True)


def error(status: str, code: str) -> bytes:
    body = f"<Error><Code>{code}</Code><Message>words</Message></Error>"
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()


@pytest.fixture
def place(servers: Endpoints) -> S3Place:
    account = servers.s3
    return S3Place(account.bucket, account.region, account.endpoint, account.key, account.secret)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(error("503 Slow Down", "SlowDown"), id="slow down"),
        pytest.param(error("500 Internal Server Error", "InternalError"), id="5xx"),
        pytest.param(error("409 Conflict", "ConditionalRequestConflict"), id="others write the key"),
        pytest.param(b"", id="closed without an answer"),
    ],
)
async def test_a_store_in_trouble_is_unavailable(reply: bytes) -> None:
    async with answering(reply) as place:
        with opened(place) as store, pytest.raises(Unavailable, match="object store"):
            await store.put(KEY, b"body")


async def test_half_a_body_is_never_taken_for_an_object() -> None:
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\nhalf"
    async with answering(half) as place:
        with opened(place) as store, pytest.raises(Unavailable):
            await store.get(KEY)


async def test_a_store_that_does_not_answer_is_unavailable() -> None:
    async with answering(b"", seconds=5) as place:
        with opened(place) as store, pytest.raises(Unavailable, match="timeout"):
            await store.get(KEY)


async def test_a_store_that_is_not_there_is_unavailable() -> None:
    nobody = S3Place("bucket", endpoint="http://127.0.0.1:9", key="k", secret="s")
    with opened(nobody) as store, pytest.raises(Unavailable, match="object store"):
        await store.exists(KEY)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda place: replace(place, secret="wrong"), id="wrong secret"),
        pytest.param(lambda place: replace(place, key="nobody"), id="unknown key"),
        pytest.param(lambda place: replace(place, bucket="no-such-bucket"), id="no such bucket"),
    ],
)
async def test_a_store_that_lets_nobody_in_blocks(
    place: S3Place, spoil: Callable[[S3Place], S3Place]
) -> None:
    with opened(spoil(place)) as store, pytest.raises(Blocked, match="object store"):
        await store.put(KEY, b"body")


async def test_a_put_whose_answer_was_lost_can_be_repeated(place: S3Place) -> None:
    key = f"test-{uuid4().hex}/a"
    with opened(place) as store:
        async with losing_answers(place) as lossy:
            with opened(lossy) as through_proxy:
                # boto3 repeats the PUT by itself and finds its own object.
                assert not await through_proxy.put(key, b"body")
        assert await store.get(key) == b"body"


@asynccontextmanager
async def losing_answers(place: S3Place) -> AsyncIterator[S3Place]:
    """A proxy that passes each request on and cuts the line when the first answer comes."""
    assert place.endpoint is not None
    host, _, port = place.endpoint.removeprefix("http://").partition(":")
    lost = iter([True])

    async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while chunk := await source.read(65536):
            target.write(chunk)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        above_reader, above_writer = await asyncio.open_connection(host, int(port))
        upward = asyncio.create_task(pump(reader, above_writer))
        try:
            first = await above_reader.read(65536)
            if first.startswith(b"HTTP/1.1 100"):
                writer.write(first)
                first = await above_reader.read(65536)
            if not next(lost, False):
                writer.write(first)
                await pump(above_reader, writer)
        finally:
            upward.cancel()
            above_writer.close()

    async with serving(answer) as endpoint:
        yield replace(place, endpoint=endpoint)


async def test_the_environment_chooses_the_store(servers: Endpoints, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in servers.environment().items():
        monkeypatch.setenv(name, value)
    store = open_objects(ObjectSettings())
    assert isinstance(store, S3Objects)
    assert not await store.exists("nothing/here")
    assert servers.s3.secret not in repr(ObjectSettings())
    store.close()
