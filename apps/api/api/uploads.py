"""Uploads as the views tell them, and what was brought here and is not with the bundler yet."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from asyncpg import Record

from api.problems import Problem
from contracts import Reference, loads
from contracts.uploads import FileReport
from objects import ObjectStore, get_content
from runtime.work import Database

FIND: Final = """
select coalesce(a.store, b.store) as store, coalesce(a.uploaded_by, b.by) as by,
       coalesce(a.uploaded_at, b.received_at) as received_at, b.told_at as read_at,
       coalesce(b.is_read, false) as is_read, coalesce(b.refused, '') as refused,
       b.products, b.orders, b.product_report, b.order_report
from (select * from uploads_v1 where (tenant, csv_upload_id) = ($1, $2)) b
full join (select * from api_uploads_v1 where (tenant, csv_upload_id) = ($1, $2)) a using (csv_upload_id)
"""

State = Literal["waiting", "read", "refused"]
FileName = Literal["products", "orders"]
REPORTS: Final[tuple[tuple[FileName, str], ...]] = (
    ("products", "product_report"),
    ("orders", "order_report"),
)


@dataclass(frozen=True, slots=True)
class Read:
    """What a file came to."""

    kept: Reference
    report: FileReport


@dataclass(frozen=True, slots=True)
class Upload:
    csv_upload_id: UUID
    store: str
    by: str
    received_at: datetime
    read_at: datetime | None
    status: State
    refused: str  # why; empty: it is not
    files: Mapping[FileName, Read]  # those that were read


async def find(views: Database, tenant: str, csv_upload_id: UUID) -> Upload | None:
    row = await views.fetchrow(FIND, tenant, csv_upload_id)
    return None if row is None else _upload(csv_upload_id, row)


async def known(views: Database, tenant: str, csv_upload_id: UUID) -> Upload:
    found = await find(views, tenant, csv_upload_id)
    if found is None:
        raise Problem(404, "unknown_upload", _unknown(csv_upload_id))
    return found


async def usable(views: Database, tenant: str, csv_upload_id: UUID, store: str) -> Upload:
    """For a run of the store; it may still have to be read."""
    found = await find(views, tenant, csv_upload_id)
    if found is None:
        raise Problem(422, "unknown_upload", f"{_unknown(csv_upload_id)}; nothing was started")
    if found.status == "refused":
        words = f"the upload {csv_upload_id} was refused: {found.refused}: upload it mended"
        raise Problem(422, "upload_refused", f"{words}; nothing was started")
    if found.store != store:
        words = f"the upload {csv_upload_id} is of store {found.store}, not of {store}: name that store"
        raise Problem(422, "other_store", f"{words}; nothing was started")
    return found


async def missing(store: ObjectStore, upload: Upload, ids: Sequence[int | str]) -> list[str]:
    """Products that it does not hold; none while nobody has read it."""
    read = upload.files.get("products")
    if not ids or read is None:
        return []
    there = await asyncio.to_thread(_ids, await get_content(store, read.kept))
    return [str(one) for one in ids if str(one) not in there]


def _unknown(csv_upload_id: UUID) -> str:
    return f"no upload {csv_upload_id} is known here: POST /api/uploads brings one"


def _ids(lines: bytes) -> set[str]:
    return {str(loads(body)["product_id"]) for body in lines.splitlines()}


def _upload(csv_upload_id: UUID, row: Record) -> Upload:
    refused = row["refused"]
    return Upload(
        csv_upload_id=csv_upload_id,
        store=row["store"],
        by=row["by"],
        received_at=row["received_at"],
        read_at=row["read_at"],
        status="waiting" if not row["is_read"] else "refused" if refused else "read",
        refused=refused,
        files={name: _read(row[name], row[report]) for name, report in REPORTS if row[name] is not None},
    )


def _read(kept: Any, report: Any) -> Read:
    return Read(
        Reference.model_validate(kept, extra="ignore"), FileReport.model_validate(report, extra="ignore")
    )
