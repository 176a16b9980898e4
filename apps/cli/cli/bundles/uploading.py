"""Files of products and orders are brought: kept by their content, then told of."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from cli.connections import Connection, open_views, publish, store_content
from cli.environment import operator
from cli.errors import CliError
from contracts import Reference
from contracts.uploads import UploadReading, UploadReceived, upload_id

TOLD = """
select is_read, refused, product_report, order_report, products, orders from read.uploads_v1
where tenant = $1 and csv_upload_id = $2
"""
LOOK_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Told:
    """What became of an upload."""

    is_read: bool
    refused: str | None
    product_report: dict[str, Any] | None
    order_report: dict[str, Any] | None
    products: dict[str, Any] | None
    orders: dict[str, Any] | None


async def upload(
    tenant: str, store: str, products: Path, orders: Path | None, reading: UploadReading
) -> UUID:
    kept = await _kept(tenant, products)
    sold = await _kept(tenant, orders) if orders else None
    received = UploadReceived(
        tenant=tenant,
        csv_upload_id=upload_id(tenant, store, kept, sold, reading),
        store=store,
        products=kept,
        orders=sold,
        reading=reading,
        by=operator(),
    )
    await publish(received)
    return received.csv_upload_id


async def told_of(views: Connection, tenant: str, csv_upload_id: UUID) -> Told | None:
    row = await views.fetchrow(TOLD, tenant, csv_upload_id)
    return Told(**dict(row)) if row else None


async def awaited(tenant: str, csv_upload_id: UUID, seconds: float) -> Told | None:
    """None: nobody has read it in this time."""
    deadline = time.monotonic() + seconds
    async with open_views() as views:
        while time.monotonic() < deadline:
            told = await told_of(views, tenant, csv_upload_id)
            if told is not None and told.is_read:
                return told
            await asyncio.sleep(LOOK_SECONDS)
    return None


async def _kept(tenant: str, file: Path) -> Reference:
    body = _read(file)
    return await store_content(f"{tenant}/uploads", body, body.count(b"\n"), suffix=".csv")


def _read(file: Path) -> bytes:
    try:
        body = file.read_bytes()
    except OSError as error:
        raise CliError(f"cannot read {file}: {error.strerror}") from error
    if not body.strip():
        raise CliError(f"{file} is empty")
    return body
