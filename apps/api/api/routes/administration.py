"""Keys and the audit trail, for keys of scope admin; each sees its own tenant."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import ConfigDict, Field

from api import audit, keys
from api.audit import Change
from api.documented import ADMIN, answers
from api.guarding import BEARER, AskedBy, CalledBy, Opened, guarded
from api.keys import DEFAULT_PER_MINUTE, Scope
from api.kinds.shapes import EXAMPLE_RUN, Ask, Shape
from api.paging import NUMBERED, TIMED, Cursor, cursor_of, page, place_of
from api.problems import Problem
from contracts.event import RUN_ID

KEY_EXAMPLE: dict[str, Any] = {
    "key_id": "4f1d0c9a7b21",
    "name": "dashboard",
    "scopes": ["read"],
    "per_minute": 600,
    "created_at": "2025-06-18T12:00:00Z",
    "created_by": "ops",
    "disabled_at": None,
}
KeyId = Annotated[str, Path(pattern=r"^[0-9a-f]{12}$", examples=[KEY_EXAMPLE["key_id"]])]
Limit = Annotated[int, Query(ge=1, le=1000)]


class NewKey(Ask):
    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "dashboard", "scopes": ["read"]}]})

    name: str = Field(min_length=1, max_length=100, description="Whose it is; the audit trail shows it.")
    scopes: list[Scope] = Field(min_length=1, max_length=3, description="run holds read, admin holds both.")
    per_minute: int = Field(default=DEFAULT_PER_MINUTE, ge=1, le=1_000_000, description="Requests.")


class KeyShape(Shape):
    model_config = ConfigDict(json_schema_extra={"examples": [KEY_EXAMPLE]})

    key_id: str
    name: str
    scopes: list[Scope]
    per_minute: int
    created_at: datetime
    created_by: str
    disabled_at: datetime | None


class CreatedKey(KeyShape):
    model_config = ConfigDict(
        json_schema_extra={"examples": [KEY_EXAMPLE | {"key": "ak_4f1d0c9a7b21_" + "x" * 43}]}
    )

    key: str = Field(description="Shown this once; only its hash is kept.")


class Keys(Shape):
    model_config = ConfigDict(json_schema_extra={"examples": [{"keys": [KEY_EXAMPLE], "next_cursor": None}]})

    keys: list[KeyShape]
    next_cursor: str | None


class AuditEntry(Shape):
    id: int
    at: datetime
    action: str
    kind: str | None
    run_id: str | None
    revision: int | None
    key_id: str | None
    key_name: str
    idempotency_key: str | None
    client: str
    detail: dict[str, Any]


ENTRY_EXAMPLE: dict[str, Any] = {
    "id": 3,
    "at": "2025-06-18T12:03:01Z",
    "action": "start",
    "kind": "segmentation",
    "run_id": EXAMPLE_RUN,
    "revision": 1,
    "key_id": "4f1d0c9a7b21",
    "key_name": "dashboard",
    "idempotency_key": "7c0b2f3e-start-1",
    "client": "10.0.0.7",
    "detail": {"category": "Dimmer Switches", "total": 3},
}


class AuditTrail(Shape):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"entries": [ENTRY_EXAMPLE], "next_cursor": None}]}
    )

    entries: list[AuditEntry]
    next_cursor: str | None


def router() -> APIRouter:
    made = APIRouter(
        prefix="/api",
        route_class=guarded("admin"),
        dependencies=[Depends(BEARER)],
        tags=["administration"],
        responses=answers(*ADMIN),
    )
    made.add_api_route(
        "/keys",
        create,
        methods=["POST"],
        status_code=201,
        response_model=CreatedKey,
        responses=answers(400, 413),
        operation_id="create_key",
        summary="Make a key",
    )
    made.add_api_route(
        "/keys", listed, response_model=Keys, operation_id="list_keys", summary="List the keys, oldest first"
    )
    made.add_api_route(
        "/keys/{key_id}",
        disable,
        methods=["DELETE"],
        status_code=204,
        response_class=Response,
        responses=answers(404),
        operation_id="disable_key",
        summary="Disable a key",
    )
    made.add_api_route(
        "/audit",
        trail,
        response_model=AuditTrail,
        operation_id="read_audit",
        summary="Who changed what, newest first",
    )
    return made


async def create(opened: Opened, asked_by: AskedBy, body: NewKey, response: Response) -> dict[str, Any]:
    """The key is in this answer and nowhere else."""
    caller = asked_by.caller
    async with opened.own.acquire() as connection, connection.transaction():
        made = await keys.create(
            connection,
            tenant=caller.tenant,
            name=body.name,
            scopes=body.scopes,
            per_minute=body.per_minute,
            created_by=caller.name,
        )
        detail = {"key_id": made.key_id, "name": body.name, "scopes": sorted(set(body.scopes))}
        await audit.write(connection, asked_by, Change("key.create", detail=detail))
    response.headers["Cache-Control"] = "no-store"
    return {
        "key_id": made.key_id,
        "key": made.key,
        "name": body.name,
        "scopes": sorted(set(body.scopes)),
        "per_minute": body.per_minute,
        "created_at": made.created_at,
        "created_by": caller.name,
        "disabled_at": None,
    }


async def listed(
    opened: Opened, caller: CalledBy, cursor: Cursor = None, limit: Limit = 100
) -> dict[str, Any]:
    after = place_of(cursor, TIMED)
    async with opened.own.acquire() as connection:
        found = await keys.listed(connection, caller.tenant, after, limit + 1)
    shown, last = page(found, limit)
    return {"keys": shown, "next_cursor": cursor_of(last.created_at, last.key_id) if last else None}


async def disable(opened: Opened, asked_by: AskedBy, key_id: KeyId) -> Response:
    """It opens nothing from now on. Its row stays, for the audit trail."""
    async with opened.own.acquire() as connection, connection.transaction():
        name = await keys.disable(connection, asked_by.caller.tenant, key_id)
        if name is None:
            raise Problem(404, "unknown_key", f"no key {key_id} is known: GET /api/keys lists them")
        await audit.write(
            connection, asked_by, Change("key.disable", detail={"key_id": key_id, "name": name})
        )
    return Response(status_code=204)


async def trail(
    opened: Opened,
    caller: CalledBy,
    run_id: Annotated[str | None, Query(pattern=RUN_ID, description="Of this run alone.")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    before = place_of(cursor, NUMBERED)
    async with opened.own.acquire() as connection:
        found = await audit.read(connection, caller.tenant, run_id, before[0] if before else None, limit + 1)
    shown, last = page(found, limit)
    return {"entries": shown, "next_cursor": cursor_of(last.id) if last else None}
