"""The door of every route: who asks, whether it may, and bodies and parameters that mean what they say."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, cast

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from starlette.responses import Response

from api.audit import Asking
from api.idempotency_key import IdempotencyKey
from api.keys import Caller, Scope, let_in, unauthorised
from api.opening import Resources
from api.problems import Problem
from contracts import InvalidEvent
from contracts.event import loads

BEARER = HTTPBearer(auto_error=False, description="`Authorization: Bearer KEY`", scheme_name="key")
Handle = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictRequest(Request):
    """Its JSON has no name twice, no NaN, and no text that the database could not hold."""

    async def json(self) -> Any:
        try:
            return loads(await self.body())
        except InvalidEvent as error:
            if error.code == "schema":
                raise Problem(422, "invalid", error.words) from error
            raise Problem(400, "json", f"{error.words}: send one JSON object") from error


def resources_of(request: Request) -> Resources:
    return cast("Resources", request.app.state.resources)


def caller_of(request: Request) -> Caller:
    return cast("Caller", request.state.caller)


Opened = Annotated[Resources, Depends(resources_of)]
CalledBy = Annotated[Caller, Depends(caller_of)]


def asking_of(request: Request, caller: CalledBy, idempotency_key: IdempotencyKey = None) -> Asking:
    address = request.client.host if request.client else ""
    return Asking(caller, address, idempotency_key)


AskedBy = Annotated[Asking, Depends(asking_of)]


def guarded(scope: Scope) -> type[APIRoute]:
    """Routes for keys of this scope. The key comes first: nobody else learns what is wrong with a body."""

    class Guarded(APIRoute):
        def get_route_handler(self) -> Handle:
            handle = super().get_route_handler()

            async def guard(request: Request) -> Response:
                request.state.caller = await _admitted(request, scope)
                self._know(request)
                return await handle(StrictRequest(request.scope, request.receive))

            return guard

        def _know(self, request: Request) -> None:
            known = {one.alias for one in self.dependant.query_params}
            unknown = sorted(set(request.query_params) - known)
            if unknown:
                words = f"it knows {', '.join(sorted(known))}" if known else "it takes none"
                raise Problem(422, "invalid", f"this request has no parameter {unknown[0][:100]!a}: {words}")

    return Guarded


async def _admitted(request: Request, scope: Scope) -> Caller:
    kind, _, key = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not key:
        raise unauthorised("send a key: `Authorization: Bearer KEY`")
    caller = await let_in(resources_of(request).own, key.strip())
    if not caller.may(scope):
        held = ", ".join(sorted(caller.scopes))
        raise Problem(403, "scope", f"this needs a key of scope {scope}; yours has {held}: ask an operator")
    return caller
