"""Replies as they travel: whole, broken off, never, or drop by drop."""

import asyncio

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from simulator.behaviour import FaultKind
from simulator.journal import Load
from simulator.simulation import Reply

DRIP_PAUSE_SECONDS = 0.25


class WholeResponse(Response):
    """The reply after its delay; it counts as load until it is sent or the caller is gone."""

    media_type = "application/json"

    def __init__(self, reply: Reply, load: Load) -> None:
        super().__init__(reply.body, reply.status, dict(reply.headers))
        self.delay_seconds = reply.delay_seconds
        self.wire_seconds = reply.on_the_wire.seconds if reply.on_the_wire else 0
        self.load = load

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self.load:
            if self.delay_seconds:
                await asyncio.sleep(self.delay_seconds)
            await self.travel(scope, receive, send)

    async def travel(self, scope: Scope, receive: Receive, send: Send) -> None:
        await super().__call__(scope, receive, send)


class BrokenResponse(WholeResponse):
    """Half of what its content-length says; returning early makes the server close the connection."""

    async def travel(self, scope: Scope, receive: Receive, send: Send) -> None:
        half = self.body[: len(self.body) // 2]
        await send(started(self.status_code, self.raw_headers))
        await send({"type": "http.response.body", "body": half, "more_body": True})


class SilentResponse(WholeResponse):
    """Nothing at all until the caller gives up, or the time is over: then 504."""

    async def travel(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not await gone(receive, within_seconds=self.wire_seconds):
            await Response(status_code=504)(scope, receive, send)


class DrippingResponse(WholeResponse):
    """Blanks, which JSON allows, at a pace that outlives every read timeout; the answer at the end."""

    async def travel(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(name, value) for name, value in self.raw_headers if name != b"content-length"]
        await send(started(self.status_code, headers))
        drops = max(4, round(self.wire_seconds / DRIP_PAUSE_SECONDS))
        for _ in range(drops):
            await send({"type": "http.response.body", "body": b" ", "more_body": True})
            if await gone(receive, within_seconds=self.wire_seconds / drops):
                return
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


RESPONSES: dict[FaultKind, type[WholeResponse]] = {
    FaultKind.RESET: BrokenResponse,
    FaultKind.HANG: SilentResponse,
    FaultKind.SLOW_DRIP: DrippingResponse,
}


def response(reply: Reply, load: Load) -> WholeResponse:
    kind = RESPONSES[reply.on_the_wire.kind] if reply.on_the_wire else WholeResponse
    return kind(reply, load)


def started(status: int, headers: list[tuple[bytes, bytes]]) -> Message:
    return {"type": "http.response.start", "status": status, "headers": headers}


async def gone(receive: Receive, *, within_seconds: float) -> bool:
    """Whether the caller closes the connection in that time."""
    try:
        async with asyncio.timeout(within_seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True
