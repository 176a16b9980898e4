"""One transaction holds the answer to a request, what it changes, who asked, and the events it sends."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from api import audit, idempotency
from api.audit import Asking, Change
from api.opening import Resources
from contracts import Event
from runtime.work import Database

Write = Callable[[Database], Awaitable[Sequence[Event]]]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What one request does, ready to be written."""

    answer: dict[str, Any]
    change: Change
    write: Write  # within the transaction; the events that it returns are sent


async def once(
    resources: Resources, asking: Asking, mark: bytes, prepare: Callable[[], Awaitable[Prepared]]
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
        events = await prepared.write(connection)
        await audit.write(connection, asking, prepared.change)
        await resources.delivery.put(connection, events)
        await idempotency.keep(connection, asking, prepared.answer)
    resources.delivery.wake()
    if prepared.change.kind is not None:
        resources.measures.runs.labels(prepared.change.kind, prepared.change.action).inc()
    return prepared.answer
