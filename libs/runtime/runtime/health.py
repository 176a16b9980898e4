"""Whether the worker lives (its loops turn) and whether it can work (servers answer, nothing blocks it)."""

import asyncio
import time
from dataclasses import dataclass, field

import uvicorn
from prometheus_client import CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

LIVE_SECONDS = 60.0
READY_SECONDS = 20.0


@dataclass(slots=True)
class Health:
    """Heartbeats by name. A loop beats each time round, a server each time it answers."""

    loops: dict[str, float] = field(default_factory=dict)
    servers: dict[str, float] = field(default_factory=dict)
    joined: bool = False
    blocked: str = ""

    def turned(self, loop: str) -> None:
        self.loops[loop] = time.monotonic()

    def answered(self, server: str) -> None:
        self.servers[server] = time.monotonic()

    def stuck(self) -> list[str]:
        return sorted(name for name, at in self.loops.items() if time.monotonic() - at > LIVE_SECONDS)

    def missing(self) -> list[str]:
        silent = [name for name in ("postgres", "kafka") if self._silent(name)]
        return [
            *silent,
            *([] if self.joined else ["consumer group"]),
            *([self.blocked] if self.blocked else []),
        ]

    def _silent(self, server: str) -> bool:
        return time.monotonic() - self.servers.get(server, float("-inf")) > READY_SECONDS


def routes(health: Health, registry: CollectorRegistry) -> Starlette:
    async def live(_: Request) -> Response:
        stuck = health.stuck()
        return JSONResponse({"live": not stuck, "stuck": stuck}, status_code=503 if stuck else 200)

    async def ready(_: Request) -> Response:
        missing = health.missing()
        return JSONResponse({"ready": not missing, "waits_for": missing}, status_code=503 if missing else 200)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")

    return Starlette(routes=[Route("/healthz", live), Route("/readyz", ready), Route("/metrics", metrics)])


class Server(uvicorn.Server):
    """Answers on the worker's own loop: if that hangs, so does this, and that is the truth."""

    def __init__(self, app: Starlette, host: str, port: int) -> None:
        super().__init__(uvicorn.Config(app, host=host, port=port, log_level="warning", access_log=False))

    @property
    def port(self) -> int:
        return int(self.servers[0].sockets[0].getsockname()[1])

    def install_signal_handlers(self) -> None:
        """Signals belong to the worker."""

    async def serve_until(self, stop: asyncio.Event) -> None:
        serving = asyncio.create_task(self.main_loop_until_exit())
        await stop.wait()
        self.should_exit = True
        await serving

    async def main_loop_until_exit(self) -> None:
        config = self.config
        if not config.loaded:
            config.load()
        self.lifespan = config.lifespan_class(config)
        await self.startup()
        if not self.should_exit:
            await self.main_loop()
        await self.shutdown()
