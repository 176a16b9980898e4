"""What is asked of runs: to start, to end, to be done again."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

from pydantic import BaseModel

from api import idempotency
from api.audit import Asking, Change
from api.kinds import Kind
from api.once import Prepared, Write, once
from api.opening import Resources
from api.problems import Problem
from api.steering import Order, asked_by, order_of
from contracts import Event, RunEvent
from contracts.run_ids import run_id
from runtime.work import Database

REQUEST = """
insert into requested (tenant, run_id, revision, kind, total, request, requested_by)
values ($1, $2, $3, $4, $5, $6::jsonb, $7) on conflict do nothing returning true
"""
LONG = {"product_ids", "deal_ids", "graph", "existing"}  # they are with the event


async def start(resources: Resources, kind: Kind, asking: Asking, body: BaseModel) -> dict[str, Any]:
    """Ask for a new run."""

    async def prepare() -> Prepared:
        tenant = asking.caller.tenant
        async with resources.views.acquire() as views:
            await kind.refuse(views, resources.store, tenant, body)
            name = run_id(datetime.now(UTC), token_hex(4))
            asked = await kind.ask(views, resources.store, tenant, name, body)
        event = asked.event.model_copy(update={"by": asked_by(asking.caller)})
        detail = {**asked.detail, "total": asked.total}
        request = body.model_dump(mode="json", exclude=LONG)
        return Prepared(
            answer=kind.started(event.run_id, asked.total).model_dump(mode="json"),
            change=Change("start", kind.name, event.run_id, event.revision, detail),
            write=_new_revision(event, kind, request, asked.total, asking.caller.name),
        )

    # In a thread: a body may hold a whole graph.
    mark = await asyncio.to_thread(_mark, kind, body)
    return await once(resources, asking, mark, prepare)


async def steer(resources: Resources, kind: Kind, asking: Asking, run: str, order: Order) -> dict[str, Any]:
    """Cancel a run, or do it again."""

    async def prepare() -> Prepared:
        async with resources.views.acquire() as views:
            found = await order_of(views, kind, asking.caller, run, order)
        event, command = found.event, order.command
        status = "cancelling" if command == "cancel" else "started"
        again = _new_revision(event, kind, {"retry": order.detail}, found.total, asking.caller.name)
        return Prepared(
            answer={"run_id": run, "revision": event.revision, "status": status},
            change=Change(command, kind.name, run, event.revision, order.detail),
            write=again if command == "retry" else _sent(event),
        )

    mark = idempotency.fingerprint(f"/api/{kind.name}/{run}/{order.command}", order.detail)
    return await once(resources, asking, mark, prepare)


def _mark(kind: Kind, body: BaseModel) -> bytes:
    return idempotency.fingerprint(f"/api/{kind.name}/start", body.model_dump(mode="json"))


def _new_revision(
    event: RunEvent, kind: Kind, request: Mapping[str, Any], total: int | None, requested_by: str
) -> Write:
    row = (event.tenant, event.run_id, event.revision, kind.name, total)

    async def write(connection: Database) -> Sequence[Event]:
        told = json.dumps(request, ensure_ascii=False)
        if not await connection.fetchval(REQUEST, *row, told, requested_by):
            raise Problem(
                409, "not_now", f"{event.run_id} was asked for again by somebody else in this moment"
            )
        return [event]

    return write


def _sent(event: RunEvent) -> Write:
    async def write(_: Database) -> Sequence[Event]:
        return [event]

    return write
