"""Uvicorn, bound to a port before it starts, so that its address is known and nobody has to wait."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from api.app import build, give
from api.idempotency import prune
from api.opening import Resources, open_resources
from api.settings import Settings
from runtime.ending import end
from runtime.logs import logger
from runtime.world import is_world, words_of

BACKLOG = 2048
PRUNE_SECONDS = 600

log = logger(__name__)


def listen(host: str, port: int) -> socket.socket:
    """Connections queue up from here on, until the server takes them."""
    listener = socket.create_server((host, port), backlog=BACKLOG)
    # Connections inherit it; asyncio sets it on its own sockets only. Without it an answer takes 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


class Server(uvicorn.Server):
    """Leaves the signals to its caller."""

    def __init__(self, app: FastAPI, grace_seconds: float) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,  # a client could tell any address; the audit trail must not believe it
                timeout_graceful_shutdown=int(grace_seconds),
            )
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(settings: Settings, listener: socket.socket, stop: asyncio.Event) -> None:
    """Answer requests and relay what they asked for, until `stop`; then end what is under way."""
    async with open_resources(settings) as resources:
        server = Server(give(build(settings), resources), settings.runtime.grace_seconds)
        loops = [
            asyncio.create_task(resources.delivery.run(resources.own)),
            asyncio.create_task(_prune(resources)),
        ]
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        stopping = asyncio.create_task(_set(stop))
        try:
            await asyncio.wait([serving, stopping, *loops], return_when=asyncio.FIRST_COMPLETED)
            log.info("The API stops", action="api_stopping", streams=resources.measures.open_streams)
            resources.closing.set()
            server.should_exit = True
            await serving
        finally:
            await end([stopping, *loops])
        for loop in loops:
            if not loop.cancelled():
                loop.result()  # a loop that broke must not look like a stop that was asked for


async def _set(stop: asyncio.Event) -> None:
    await stop.wait()


async def _prune(resources: Resources) -> None:
    seconds = resources.settings.idempotency_hours * 3600
    while True:
        try:
            async with resources.own.acquire() as connection:
                await prune(connection, seconds)
        except Exception as error:
            if not is_world(error):
                raise
            log.warning("Waiting for the world", action="loop_waits", loop="prune", error=words_of(error))
        await asyncio.sleep(min(PRUNE_SECONDS, seconds))
