"""The routes: the part of the OpenAI API that Assort uses, and the levers under /admin."""

from dataclasses import asdict

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.completion import CREATED, MODEL
from simulator.responses import response
from simulator.simulation import Simulation


def build(simulation: Simulation) -> Starlette:
    desk = Desk(simulation)
    return Starlette(
        routes=[
            Route("/v1/chat/completions", desk.complete, methods=["POST"]),
            Route("/v1/models", desk.models),
            Route("/healthz", desk.health),
            Route("/admin/behaviour", desk.behaviour, methods=["GET"]),
            Route("/admin/behaviour", desk.change_behaviour, methods=["POST"]),
            Route("/admin/requests", desk.requests),
            Route("/admin/reset", desk.reset, methods=["POST"]),
        ]
    )


class Desk:
    """Translates between HTTP and the simulation."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    async def complete(self, request: Request) -> Response:
        body = await request.body()
        reply = self._simulation.reply(body, request.headers.get("authorization"))
        return response(reply, self._simulation.load)

    async def models(self, _request: Request) -> Response:
        model = {"id": MODEL, "object": "model", "created": CREATED, "owned_by": "assort"}
        return JSONResponse({"object": "list", "data": [model]})

    async def health(self, _request: Request) -> Response:
        load = self._simulation.load
        return JSONResponse({"status": "ok", "in_flight": load.now, "peak_in_flight": load.peak})

    async def behaviour(self, _request: Request) -> Response:
        return JSONResponse(self._simulation.behaviour.model_dump(mode="json"))

    async def change_behaviour(self, request: Request) -> Response:
        try:
            self._simulation.set(await request.json())
        except ValueError as error:
            return JSONResponse({"error": {"message": str(error)}}, status_code=422)
        return await self.behaviour(request)

    async def requests(self, _request: Request) -> Response:
        return JSONResponse([asdict(received) for received in self._simulation.journal])

    async def reset(self, request: Request) -> Response:
        self._simulation.reset()
        return await self.behaviour(request)
