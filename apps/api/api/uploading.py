"""Files that are brought here go to the object store, and the bundler is told where they are."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from api import idempotency, uploads
from api.audit import Asking, Change
from api.once import Prepared, Write, once
from api.opening import Resources
from api.steering import asked_by
from contracts import Event, Reference
from contracts.uploads import UploadReading, UploadReceived, upload_id
from objects import ObjectStore, put_content
from runtime.work import Database

PATH = "/api/uploads"

KNOW = """
insert into uploaded (tenant, csv_upload_id, store, uploaded_by) values ($1, $2, $3, $4)
on conflict do nothing returning true
"""


@dataclass(frozen=True, slots=True)
class Brought:
    """Files, and how they are to be read."""

    store: str
    products: bytes
    orders: bytes | None
    reading: UploadReading


async def bring(resources: Resources, asking: Asking, brought: Brought) -> dict[str, Any]:
    """Equal files, read the same way, are one upload: the bundler hears of it once."""

    async def prepare() -> Prepared:
        event = await _received(resources.store, asking, brought)
        async with resources.views.acquire() as views:
            earlier = await uploads.find(views, event.tenant, event.csv_upload_id)
        answer = {
            "csv_upload_id": str(event.csv_upload_id),
            "store": event.store,
            "status": earlier.status if earlier else "waiting",
        }
        detail = {"csv_upload_id": answer["csv_upload_id"], "store": event.store}
        return Prepared(
            answer=answer,
            change=Change("upload", detail=detail),
            write=_known(event, asking.caller.name, told=earlier is not None),
        )

    mark = await asyncio.to_thread(_mark, brought)
    return await once(resources, asking, mark, prepare)


async def _received(store: ObjectStore, asking: Asking, brought: Brought) -> UploadReceived:
    tenant = asking.caller.tenant
    products = await _keep(store, tenant, brought.products)
    orders = None if brought.orders is None else await _keep(store, tenant, brought.orders)
    return UploadReceived(
        tenant=tenant,
        csv_upload_id=upload_id(tenant, brought.store, products, orders, brought.reading),
        store=brought.store,
        products=products,
        orders=orders,
        reading=brought.reading,
        by=asked_by(asking.caller),
    )


def _known(event: UploadReceived, by: str, *, told: bool) -> Write:
    async def write(connection: Database) -> Sequence[Event]:
        name = (event.tenant, event.csv_upload_id)
        first = await connection.fetchval(KNOW, *name, event.store, by)
        return [event] if first and not told else []

    return write


async def _keep(store: ObjectStore, tenant: str, body: bytes) -> Reference:
    lines = body.count(b"\n") + (not body.endswith(b"\n"))
    return await put_content(store, f"{tenant}/uploads", body, count=lines, suffix=".csv")


def _mark(brought: Brought) -> bytes:
    files = (brought.products, brought.orders)
    sums = [None if body is None else hashlib.sha256(body).hexdigest() for body in files]
    return idempotency.fingerprint(PATH, [brought.store, *sums, brought.reading.model_dump(mode="json")])
