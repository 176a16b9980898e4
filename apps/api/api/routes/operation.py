"""For those who run it: metrics and health, without a key."""

import asyncio

import asyncpg
from fastapi import APIRouter
from prometheus_client import generate_latest
from starlette.responses import JSONResponse, Response

from api.guarding import Opened
from runtime.world import is_world

READY_SECONDS = 3


def router() -> APIRouter:
    made = APIRouter(include_in_schema=False)
    made.add_api_route("/healthz", live)
    made.add_api_route("/readyz", ready)
    made.add_api_route("/metrics", metrics)
    return made


async def live() -> Response:
    return JSONResponse({"live": True})


async def ready(opened: Opened) -> Response:
    """Requests are taken while Kafka is away: what they ask for waits in the outbox."""
    pools = {"postgres": opened.own, "views": opened.views}
    answered = await asyncio.gather(*(_answers(pool) for pool in pools.values()))
    missing = [name for name, there in zip(pools, answered, strict=True) if not there]
    body = {"ready": not missing, "waits_for": missing, "kafka": opened.delivery.connected}
    return JSONResponse(body, status_code=503 if missing else 200)


async def metrics(opened: Opened) -> Response:
    return Response(generate_latest(opened.measures.registry), media_type="text/plain; version=0.0.4")


async def _answers(pool: asyncpg.Pool) -> bool:
    try:
        return bool(await pool.fetchval("select true", timeout=READY_SECONDS))
    except Exception as error:
        if not is_world(error):
            raise
        return False
