"""A provider that says exactly what a test wants, one reply after the other; the last one is repeated."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.server import Server, address, listen


@dataclass(frozen=True, slots=True)
class Reply:
    text: str = ""
    finish_reason: str | None = "stop"
    refusal: str | None = None
    status: int = 200
    error: str = ""  # body of any status but 200
    headers: dict[str, str] = field(default_factory=dict)
    usage: dict[str, Any] | None = field(
        default_factory=lambda: {"prompt_tokens": 100, "completion_tokens": 10}
    )
    seconds: float = 0


def say(content: Any, **other: Any) -> Reply:
    return Reply(content if isinstance(content, str) else json.dumps(content), **other)


def refuse(status: int, error: str = "", **headers: str) -> Reply:
    return Reply(
        status=status, error=error, headers={name.replace("_", "-"): headers[name] for name in headers}
    )


class Scripted:
    def __init__(self, replies: list[Reply], url: str) -> None:
        self.replies = replies
        self.base_url = f"{url}/v1"
        self.received: list[dict[str, Any]] = []
        self.in_flight = 0

    async def is_busy(self) -> bool:
        return self.in_flight > 0

    async def answer(self, request: Request) -> Response:
        self.received.append(await request.json())
        reply = self.replies[min(len(self.received), len(self.replies)) - 1]
        self.in_flight += 1
        try:
            await asyncio.sleep(reply.seconds)
        finally:
            self.in_flight -= 1
        if reply.status != 200:
            return Response(reply.error, reply.status, reply.headers)
        return JSONResponse(completion(reply))


def completion(reply: Reply) -> dict[str, Any]:
    message = {"role": "assistant", "content": reply.text, "refusal": reply.refusal}
    choice = {"index": 0, "message": message, "finish_reason": reply.finish_reason}
    return {"id": "x", "model": "scripted-1", "choices": [choice], "usage": reply.usage}


@asynccontextmanager
async def scripted(*replies: Reply) -> AsyncIterator[Scripted]:
    listener = listen("127.0.0.1", 0)
    provider = Scripted(list(replies), address(listener))
    server = Server(Starlette(routes=[Route("/v1/chat/completions", provider.answer, methods=["POST"])]))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield provider
    finally:
        server.stop()
        await serving
