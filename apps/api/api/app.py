"""The API, put together. It opens nothing: `resources` are given to it when they are there."""

from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.documented import document
from api.edge import Edge
from api.kinds import Bundles, Kind, Packages, RankingData, Segmentation
from api.opening import Resources
from api.problems import Problem
from api.routes import administration, bundles, operation, ranking, running, stores, uploads
from api.settings import Settings

DESCRIPTION = """Start runs, steer them, follow them, read what came of them.

Every request carries `Authorization: Bearer KEY`. Errors are `application/problem+json` and say what to do.
A list goes on with its `next_cursor`; null: that was all.
"""
MAX_ERRORS = 20


def build(settings: Settings) -> FastAPI:
    app = FastAPI(
        title="Assort",
        version=version("assort-api"),
        description=DESCRIPTION,
        docs_url=None,  # they would load scripts from elsewhere
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
    )
    kinds: tuple[Kind, ...] = (Segmentation(), Packages(), Bundles(), RankingData())
    for kind in kinds:
        for router in running.routers(kind):
            app.include_router(router)
    for router in (*bundles.routers(), *ranking.routers(), *stores.routers(), *uploads.routers()):
        app.include_router(router)
    app.include_router(administration.router())
    app.include_router(operation.router())
    app.add_exception_handler(HTTPException, _answered)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_middleware(Edge)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID"],
            expose_headers=["Retry-After"],
        )
    app.openapi = lambda: app.openapi_schema or _documented(app)  # type: ignore[method-assign]
    return app


def give(app: FastAPI, resources: Resources) -> FastAPI:
    app.state.resources = resources
    return app


def _documented(app: FastAPI) -> dict[str, object]:
    app.openapi_schema = document(app)
    return app.openapi_schema


async def _answered(request: Request, error: Exception) -> Response:
    if isinstance(error, Problem):
        return error.response(request.url.path)
    if not isinstance(error, HTTPException):
        raise error
    code, words = {
        400: ("form", f"{error.detail}: send one form, as multipart/form-data"),
        404: ("no_route", "there is nothing at this path: GET /openapi.json lists what there is"),
        405: ("no_method", "this path takes another method: GET /openapi.json lists them"),
    }.get(error.status_code, ("http", str(error.detail)))
    return Problem(error.status_code, code, words, headers=error.headers).response(request.url.path)


async def _invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    found = error.errors()
    errors = [f"{'.'.join(str(step) for step in one['loc'])}: {one['msg']}" for one in found[:MAX_ERRORS]]
    words = f"{len(found)} problems: correct what `errors` names, and send it again"
    return Problem(422, "invalid", words, more={"errors": errors}).response(request.url.path)
