"""Uvicorn, bound to a port before it starts, so that the address is known and nobody has to wait."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """Connections queue up from here on, until the server takes them."""
    listener = socket.create_server((host, port), backlog=BACKLOG)
    # Connections inherit it; asyncio sets it on its own sockets only. Without it an answer takes 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}"


class Server(uvicorn.Server):
    """Leaves the signals to its caller, and stops without waiting for calls that sleep."""

    def __init__(self, app: Starlette) -> None:
        self._stopped = asyncio.Event()
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                date_header=False,  # the same question, the same bytes
                backlog=BACKLOG,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=0,
            )
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        """Sleeps until it is stopped, instead of looking ten times a second."""
        await self.on_tick(0)
        await self._stopped.wait()

    def stop(self) -> None:
        self.should_exit = True
        self._stopped.set()
