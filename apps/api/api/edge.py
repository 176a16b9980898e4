"""Around every request: its measure, its limit, and an answer whatever goes wrong inside."""

import time
from dataclasses import dataclass

import asyncpg
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.opening import Resources
from api.problems import Problem, away
from api.settings import Settings
from api.uploading import PATH as UPLOADS
from contracts import WorldError
from runtime.logs import logger
from runtime.world import is_world, words_of

log = logger(__name__)

METHODS = frozenset({"GET", "POST", "DELETE", "HEAD", "OPTIONS"})  # a client may invent others

# A stage makes its views when it is started for the first time.
NO_VIEWS = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.InvalidSchemaNameError)


@dataclass(frozen=True, slots=True)
class Limit:
    size: int  # bytes
    advice: str


class Edge:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = Answer(send)
        began = time.monotonic()
        resources: Resources = scope["app"].state.resources
        try:
            await self._answered(scope, receive, answer, _limit(scope, resources.settings))
        finally:
            _measure(scope, answer, resources, time.monotonic() - began)

    async def _answered(self, scope: Scope, receive: Receive, answer: "Answer", limit: "Limit") -> None:
        try:
            _check_length(scope, limit)
            await self.app(scope, _limited(receive, limit), answer)
        except ClientDisconnect:
            return
        except Exception as error:
            if answer.status:
                raise
            problem = problem_of(error)
            if problem.status_code >= 500:  # noqa: PLR2004 - ours, not the client's
                _tell(scope, error, problem)
            await problem.response(scope["path"])(scope, receive, answer)


class Answer:
    """Sends, and remembers what."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.status = 0
        self.streams = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = message.setdefault("headers", [])
            self.streams = any(value.startswith(b"text/event-stream") for _, value in headers)
            message["headers"] = [*headers, (b"x-content-type-options", b"nosniff")]
        await self.send(message)


def problem_of(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, NO_VIEWS):
        return away("a service has not made its tables yet: start all services")
    if isinstance(error, WorldError):
        return away("the object store does not answer")
    if is_world(error):
        return away("the database does not answer")
    return Problem(
        500, "broken", "this is a bug: the log of the API has the details under this time and path"
    )


def _tell(scope: Scope, error: Exception, problem: Problem) -> None:
    if problem.code == "broken":
        log.error("A request broke", action="request_broke", path=scope["path"], exc_info=error)
    else:
        log.warning("A server is away", action="request_waits", path=scope["path"], error=words_of(error))


def _limit(scope: Scope, settings: Settings) -> Limit:
    if scope["path"] == UPLOADS:
        return Limit(settings.max_upload_bytes, "upload less, or have API_MAX_UPLOAD_BYTES raised")
    return Limit(settings.max_body_bytes, "name fewer items, in several runs")


def _check_length(scope: Scope, limit: Limit) -> None:
    told = dict(scope["headers"]).get(b"content-length", b"0")
    if told.isdigit() and int(told) > limit.size:
        raise too_large(limit)


def _limited(receive: Receive, limit: Limit) -> Receive:
    """For bodies that do not tell their length."""
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit.size:
            raise too_large(limit)
        return message

    return limited


def too_large(limit: Limit) -> Problem:
    return Problem(413, "too_large", f"this request holds at most {limit.size} bytes: {limit.advice}")


def _measure(scope: Scope, answer: Answer, resources: Resources, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "none")
    method = scope["method"] if scope["method"] in METHODS else "other"
    measures = resources.measures
    measures.requests.labels(method, route, str(answer.status)).inc()
    if not answer.streams:
        measures.seconds.labels(method, route).observe(seconds)
