"""What is asked for: one transaction holds the answer, the run, who asked, and the event."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

from pydantic import BaseModel

from api import audit, idempotency
from api.audit import Asking, Change
from api.kinds import Kind
from api.opening import Resources
from api.problems import Problem
from api.steering import Order, order_of
from contracts import RunEvent
from contracts.run_ids import run_id
from runtime.work import Database

REQUEST = """
insert into requested (tenant, run_id, revision, kind, total, request, requested_by)
values ($1, $2, $3, $4, $5, $6::jsonb, $7) on conflict do nothing returning true
"""
IDS = {"product_ids", "deal_ids"}


@dataclass(frozen=True, slots=True)
class Prepared:
    """What one request does, ready to be written."""

    event: RunEvent
    change: Change
    answer: dict[str, Any]
    request: dict[str, Any] | None  # of a new revision
    total: int | None = None


async def start(resources: Resources, kind: Kind, asking: Asking, body: BaseModel) -> dict[str, Any]:
    """Ask for a new run."""

    async def prepare() -> Prepared:
        tenant = asking.caller.tenant
        async with resources.views.acquire() as views:
            await kind.refuse(views, tenant, body)
        asked = await kind.ask(resources.store, tenant, run_id(datetime.now(UTC), token_hex(4)), body)
        event = asked.event
        detail = {**asked.detail, "total": asked.total}
        return Prepared(
            event=event,
            change=Change("start", kind.name, event.run_id, event.revision, detail),
            answer=kind.started(event.run_id, asked.total).model_dump(mode="json"),
            request=body.model_dump(mode="json", exclude=IDS),
            total=asked.total,
        )

    mark = idempotency.fingerprint(f"/api/{kind.name}/start", body.model_dump(mode="json"))
    return await _once(resources, kind, asking, mark, prepare)


async def steer(resources: Resources, kind: Kind, asking: Asking, run: str, order: Order) -> dict[str, Any]:
    """Cancel a run, or do it again."""

    async def prepare() -> Prepared:
        async with resources.views.acquire() as views:
            found = await order_of(views, kind, asking.caller, run, order)
        event, command = found.event, order.command
        return Prepared(
            event=event,
            change=Change(command, kind.name, run, event.revision, order.detail),
            answer={
                "run_id": run,
                "revision": event.revision,
                "status": "cancelling" if command == "cancel" else "started",
            },
            request={"retry": order.detail} if command == "retry" else None,
            total=found.total,
        )

    mark = idempotency.fingerprint(f"/api/{kind.name}/{run}/{order.command}", order.detail)
    return await _once(resources, kind, asking, mark, prepare)


async def _once(
    resources: Resources,
    kind: Kind,
    asking: Asking,
    mark: bytes,
    prepare: Callable[[], Awaitable[Prepared]],
) -> dict[str, Any]:
    """The first request of its Idempotency-Key is prepared and written; others get its answer."""
    keep_seconds = resources.settings.idempotency_hours * 3600
    async with resources.own.acquire() as connection:
        earlier = await idempotency.find(connection, asking, mark, keep_seconds)
    if earlier is not None:
        return dict(earlier)
    prepared = await prepare()
    async with resources.own.acquire() as connection, connection.transaction():
        earlier = await idempotency.claim(connection, asking, mark, keep_seconds)
        if earlier is not None:
            return dict(earlier)
        await _write(resources, kind, connection, asking, prepared)
    resources.delivery.wake()
    resources.measures.runs.labels(kind.name, prepared.change.action).inc()
    return prepared.answer


async def _write(
    resources: Resources, kind: Kind, connection: Database, asking: Asking, prepared: Prepared
) -> None:
    event = prepared.event
    if prepared.request is not None:
        row = (event.tenant, event.run_id, event.revision, kind.name, prepared.total)
        request = json.dumps(prepared.request, ensure_ascii=False)
        if not await connection.fetchval(REQUEST, *row, request, asking.caller.name):
            raise Problem(
                409, "not_now", f"{event.run_id} was asked for again by somebody else in this moment"
            )
    await audit.write(connection, asking, prepared.change)
    await resources.delivery.put(connection, [event])
    await idempotency.keep(connection, asking, prepared.answer)
