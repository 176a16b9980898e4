"""Runs of one kind: the same routes for each."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api import asking, runs
from api.documented import READ, WRITE, answers
from api.guarding import BEARER, AskedBy, CalledBy, Opened, guarded
from api.keys import Caller
from api.kinds import Kind
from api.kinds.kind import Seen
from api.kinds.shapes import EXAMPLE_RUN, Ask, Shape, Status, Steered
from api.opening import Resources
from api.paging import NUMBERED, TIMED, Cursor, cursor_of, page, place_of
from api.problems import Problem
from api.runs import Run
from api.steering import Order, ended_run, known_run
from api.streaming import Stream, Told, told
from contracts.event import MAX_NUMBER, RUN_ID
from contracts.settings import Redo
from runtime.work import Database

RunId = Annotated[str, Path(pattern=RUN_ID, examples=[EXAMPLE_RUN])]
Limit = Annotated[int, Query(ge=1, le=1000, description="Things on a page.")]
LargeLimit = Annotated[int, Query(ge=1, le=10_000, description="Things on a page.")]
Revision = Annotated[
    int | None, Query(ge=1, le=MAX_NUMBER, description="Of an earlier attempt; none: the newest.")
]
LastEvent = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID", pattern=r"^[!-~]{1,100}$", description="The last event that the client saw."
    ),
]
EVENT_SCHEMA = {
    "type": "object",
    "description": "Of each event.",
    "required": ["id", "event", "data"],
    "properties": {
        "id": {"type": "string", "description": "Follows from what the event says."},
        "event": {"enum": ["progress", "end"]},
        "data": {"type": "string", "description": "A status, as JSON."},
    },
}
STREAM_EXAMPLE = (
    'retry: 10000\n\nid: 1f0c\nevent: progress\ndata: {"status": "running", ...}\n\n: still here\n\n'
)


class Retry(Ask):
    model_config = ConfigDict(json_schema_extra={"examples": [{"redo": "nothing", "fresh": False}]})

    redo: Redo = Field(default="nothing", description="What is done again although it is done; of packages.")
    fresh: bool = Field(default=False, description="With new answers of the model; they cost. Needs `redo`.")


class Interaction(Shape):
    """One attempt to get an answer of a model."""

    id: int
    path: str = Field(description="Of the file that holds all of it.")
    type: str
    stage: str
    revision: int
    entity: str
    batch_id: int | None
    attempt: int
    sample: int
    model: str
    prompt_file: str
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None
    cached: bool
    status: str
    error_code: str | None
    duration_ms: int
    started_at: datetime
    sha256: str
    bytes: int


EXAMPLE_INTERACTION: dict[str, Any] = {
    "id": 17,
    "path": f"llm_logs/{EXAMPLE_RUN}/segmentation/20250618T120305Z_b0_a1_9c1e.json",
    "type": "segmentation",
    "stage": "segmenter",
    "revision": 1,
    "entity": "b0",
    "batch_id": 0,
    "attempt": 1,
    "sample": 0,
    "model": "gpt-4o",
    "prompt_file": "extract_taxonomy.v1.md",
    "prompt_tokens": 3120,
    "completion_tokens": 410,
    "cost_usd": 0.0119,
    "cached": False,
    "status": "answered",
    "error_code": None,
    "duration_ms": 4210,
    "started_at": "2025-06-18T12:03:05Z",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "bytes": 18213,
}


class Interactions(Shape):
    run_id: str
    interactions: list[Interaction]
    next_cursor: str | None

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"run_id": EXAMPLE_RUN, "interactions": [EXAMPLE_INTERACTION], "next_cursor": None}]
        }
    )


def routers(kind: Kind) -> list[APIRouter]:
    reading = APIRouter(
        prefix=f"/api/{kind.name}",
        route_class=guarded("read"),
        dependencies=[Depends(BEARER)],
        tags=[kind.name],
        responses=answers(*READ),
    )
    writing = APIRouter(
        prefix=f"/api/{kind.name}",
        route_class=guarded("run"),
        dependencies=[Depends(BEARER)],
        tags=[kind.name],
        responses=answers(*WRITE),
    )
    for add in (_start, _steer):
        add(writing, kind)
    for add in (_list, _status, _results, _interactions, _events):
        add(reading, kind)
    return [reading, writing]


def _named(kind: Kind, verb: str) -> Callable[[Any], str]:
    return lambda _route: f"{verb}_{kind.name}"


def _start(router: APIRouter, kind: Kind) -> None:
    async def start(opened: Opened, asked_by: AskedBy, body: Any) -> dict[str, Any]:
        return await asking.start(opened, kind, asked_by, body)

    # FastAPI reads the body's shape from the annotation, and each kind has its own.
    start.__annotations__["body"] = kind.start_model
    router.add_api_route(
        "/start",
        start,
        methods=["POST"],
        status_code=202,
        response_model=kind.started_model,
        operation_id=f"start_{kind.name}",
        summary=f"Start a run of {kind.name}",
    )


def _steer(router: APIRouter, kind: Kind) -> None:
    async def cancel(opened: Opened, asked_by: AskedBy, run_id: RunId) -> dict[str, Any]:
        """What is done stays; what is open counts as failed, with the code `cancelled`."""
        return await asking.steer(opened, kind, asked_by, run_id, Order("cancel"))

    async def retry(
        opened: Opened, asked_by: AskedBy, run_id: RunId, body: Retry | None = None
    ) -> dict[str, Any]:
        """What failed or was cancelled is done again, as a new revision; what is done is not paid again."""
        return await asking.steer(opened, kind, asked_by, run_id, _again(kind, body or Retry()))

    for path, endpoint in (("cancel", cancel), ("retry", retry)):
        router.add_api_route(
            f"/{{run_id}}/{path}",
            endpoint,
            methods=["POST"],
            status_code=202,
            response_model=Steered,
            operation_id=f"{path}_{kind.name}",
            summary={"cancel": "End a run now", "retry": "Do again what failed"}[path],
        )


def _again(kind: Kind, body: Retry) -> Order:
    if kind.name != "packages" and body.redo != "nothing":
        raise Problem(
            422, "invalid", f"redo belongs to packages: a run of {kind.name} does again what failed"
        )
    if body.fresh and body.redo == "nothing":
        raise Problem(422, "invalid", "fresh answers: say with redo of what, packaging or enrichment")
    return Order("retry", body.redo, body.fresh)


def _list(router: APIRouter, kind: Kind) -> None:
    async def listed(
        opened: Opened,
        caller: CalledBy,
        status: Annotated[Status | None, Query(description="These alone.")] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> BaseModel:
        after = place_of(cursor, TIMED)
        async with opened.views.acquire() as views:
            found = await runs.listed(
                views, caller.tenant, kind.name, status=status, after=after, limit=limit + 1
            )
        shown, last = page(found, limit)
        return kind.list_model(
            runs=[kind.listed(run) for run in shown],
            next_cursor=cursor_of(last.asked_at, last.run_id) if last else None,
        )

    router.add_api_route(
        "",
        listed,
        response_model=kind.list_model,
        operation_id=f"list_{kind.name}",
        summary="List the runs, newest first",
    )


def _status(router: APIRouter, kind: Kind) -> None:
    async def status(opened: Opened, caller: CalledBy, run_id: RunId, revision: Revision = None) -> BaseModel:
        async with opened.views.acquire() as views:
            run = await known_run(views, kind, caller.tenant, run_id, revision)
            return await _status_of(views, kind, caller, run)

    router.add_api_route(
        "/{run_id}/status",
        status,
        response_model=kind.status_model,
        operation_id=f"get_{kind.name}_status",
        summary="How far a run is",
    )


async def _status_of(views: Database, kind: Kind, caller: Caller, run: Run) -> BaseModel:
    return kind.status(
        Seen(
            run=run,
            state=await runs.state_of(views, caller.tenant, run, kind.stages),
            progress=await kind.progress(views, caller.tenant, run),
            cost=run.cost or await runs.spent(views, caller.tenant, run.run_id),
            now=datetime.now(UTC),
        )
    )


def _results(router: APIRouter, kind: Kind) -> None:
    async def results(  # noqa: PLR0917 - FastAPI passes them by name
        opened: Opened,
        caller: CalledBy,
        run_id: RunId,
        revision: Revision = None,
        cursor: Cursor = None,
        limit: LargeLimit = 1000,
    ) -> BaseModel:
        async with opened.views.acquire() as views:
            run = await ended_run(views, kind, caller.tenant, run_id, revision)
            return await kind.results(views, opened.store, caller.tenant, run, cursor=cursor, limit=limit)

    router.add_api_route(
        "/{run_id}/results",
        results,
        response_model=kind.results_model,
        responses=answers(409),
        operation_id=f"get_{kind.name}_results",
        summary="What came of a run",
    )


def _interactions(router: APIRouter, kind: Kind) -> None:
    async def interactions(
        opened: Opened, caller: CalledBy, run_id: RunId, cursor: Cursor = None, limit: Limit = 100
    ) -> Interactions:
        after = place_of(cursor, NUMBERED)
        async with opened.views.acquire() as views:
            run = await known_run(views, kind, caller.tenant, run_id)
            rows = await runs.interactions(
                views, caller.tenant, run.run_id, after[0] if after else 0, limit + 1
            )
        shown, last = page(rows, limit)
        return Interactions(
            run_id=run.run_id,
            interactions=[
                Interaction(**row, path=row["file_path"], type=row["interaction_type"]) for row in shown
            ],
            next_cursor=cursor_of(last["id"]) if last else None,
        )

    router.add_api_route(
        "/{run_id}/interactions",
        interactions,
        response_model=Interactions,
        operation_id=f"get_{kind.name}_interactions",
        summary="Calls to models, as they are on record",
    )


def _events(router: APIRouter, kind: Kind) -> None:
    async def events(
        opened: Opened, caller: CalledBy, run_id: RunId, last_event_id: LastEvent = None
    ) -> Response:
        """A status whenever it changes: `progress`, at the end `end`. 204: the client has seen the end."""
        seen = await _look(opened, kind, caller, run_id)
        if seen.over and seen.mark == last_event_id:
            return Response(status_code=204)
        return Stream(opened, lambda: _look(opened, kind, caller, run_id), last_event_id)

    stream: dict[int | str, dict[str, Any]] = {
        200: {"content": {"text/event-stream": {"schema": EVENT_SCHEMA, "example": STREAM_EXAMPLE}}},
        204: {"description": "The run is over, and the client knows it."},
    }
    router.add_api_route(
        "/{run_id}/events",
        events,
        response_class=Response,
        responses=stream,
        operation_id=f"follow_{kind.name}",
        summary="Follow a run by server-sent events",
    )


async def _look(opened: Resources, kind: Kind, caller: Caller, run_id: str) -> Told:
    async with opened.views.acquire() as views:
        run = await known_run(views, kind, caller.tenant, run_id)
        return told(await _status_of(views, kind, caller, run), over=run.over)
