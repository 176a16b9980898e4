"""Products that came as a file, to choose from instead of those that were published."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from uuid import UUID

from contracts import InvalidEvent, WorkFailed
from contracts.uploads import UploadRead
from embedder.domain import bodies_of
from embedder.handler.selecting import Selecting
from objects import get_content
from runtime import Arrived, Refused, Taken, Transaction


class Uploads(Protocol):
    """What uploads were read as. What was said first stays."""

    async def find(self, tenant: str, csv_upload_id: UUID) -> UploadRead | None: ...

    async def keep(self, tx: Transaction, read: Sequence[UploadRead]) -> None: ...


@dataclass(frozen=True, slots=True)
class KeepUploads:
    uploads: Uploads

    async def record(self, tx: Transaction, batch: Sequence[Arrived[Any]]) -> Taken:
        read = [one.event for one in batch if one.event is not None]
        await self.uploads.keep(tx, sorted(read, key=lambda one: (one.tenant, one.csv_upload_id)))
        nothing = InvalidEvent("no_value", "a null value withdraws an item; an upload cannot be withdrawn")
        return Taken(
            refused=[Refused(position, nothing) for position, one in enumerate(batch) if one.event is None]
        )


@dataclass(frozen=True, slots=True)
class UploadedProducts:
    """The products of one upload, as a catalogue to choose from."""

    by_id: Mapping[str, bytes]

    async def offered(self, tenant: str) -> list[str]:
        return sorted(self.by_id)

    async def known(self, tenant: str, item_ids: Sequence[str]) -> set[str]:
        return {item_id for item_id in item_ids if item_id in self.by_id}

    async def bodies(self, tenant: str, item_ids: Sequence[str]) -> dict[str, bytes]:
        return {item_id: self.by_id[item_id] for item_id in item_ids if item_id in self.by_id}


async def among_uploaded(selecting: Selecting, upload: UploadRead) -> Selecting:
    if upload.products is None:
        raise WorkFailed("upload_refused", f"the upload {upload.csv_upload_id} was refused: {upload.refused}")
    lines = await get_content(selecting.store, upload.products)
    return replace(selecting, catalog=UploadedProducts(await asyncio.to_thread(bodies_of, lines)))
