"""Files that people bring: received by name, read by a worker, told of."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bundler.domain.tasks import ReadUpload
from bundler.handler.ports import Uploads
from bundler.handler.reading import Store
from contracts import Event, InvalidEvent
from contracts.product import Product
from contracts.uploads import FileReport, UploadRead, UploadReceived
from runtime import Arrived, Failure, Refused, Taken, Transaction
from uploads import Report, UploadDefaults, read_orders, read_products


@dataclass(frozen=True, slots=True)
class ReceiveUploads:
    """Files wait in the object store; each upload is read once."""

    uploads: Uploads

    async def record(self, tx: Transaction, batch: Sequence[Arrived[Any]]) -> Taken:
        tasks, refused = [], []
        for position, one in enumerate(batch):
            if one.event is None:
                refused.append(Refused(position, InvalidEvent("no_value", "an upload cannot be withdrawn")))
            elif not same_upload(await self.uploads.receive(tx, one.event), one.event):
                words = f"{one.event.csv_upload_id} is another upload; its id follows from its files"
                refused.append(Refused(position, InvalidEvent("upload_exists", words)))
            else:
                tasks.append(ReadUpload(tenant=one.event.tenant, csv_upload_id=one.event.csv_upload_id))
        return Taken(tasks, refused)


def same_upload(known: UploadReceived, told: UploadReceived) -> bool:
    """Whoever brings the same files brings the same upload."""
    return known == told.model_copy(update={"by": known.by})


@dataclass(frozen=True, slots=True)
class ReadFiles:
    uploads: Uploads
    store: Store

    async def decide(self, task: ReadUpload) -> UploadRead:
        received = await self.uploads.received(task.tenant, task.csv_upload_id)
        return await self._read(received)

    async def give_up(self, task: ReadUpload, failure: Failure) -> UploadRead:
        """Whoever waits for the upload is told."""
        received = await self.uploads.received(task.tenant, task.csv_upload_id)
        return UploadRead(
            tenant=task.tenant,
            csv_upload_id=task.csv_upload_id,
            store=received.store,
            refused=f"{failure.code}: {failure.words}",
        )

    async def record(self, tx: Transaction, task: ReadUpload, read: UploadRead) -> Sequence[Event]:
        await self.uploads.keep(tx, read)
        return [read]

    async def _read(self, received: UploadReceived) -> UploadRead:
        tenant, told = received.tenant, received.reading
        defaults = UploadDefaults(currency=told.currency, time_zone=told.time_zone, day_first=told.day_first)
        body = await self.store.body(received.products)
        products = await asyncio.to_thread(
            read_products, body, mapping=told.product_columns, defaults=defaults
        )
        lines = await asyncio.to_thread(_lines, products.products)
        kept = await self.store.keep_lines(tenant, lines, len(products.products))
        if received.orders is None:
            return self._told(
                received, products=kept, product_report=await self._report(tenant, products.report)
            )
        body = await self.store.body(received.orders)
        orders = await asyncio.to_thread(read_orders, body, mapping=told.order_columns, defaults=defaults)
        return self._told(
            received,
            products=kept,
            orders=await self.store.keep_book(tenant, orders.book),
            product_report=await self._report(tenant, products.report),
            order_report=await self._report(tenant, orders.report),
        )

    def _told(self, received: UploadReceived, **read: Any) -> UploadRead:
        return UploadRead(
            tenant=received.tenant, csv_upload_id=received.csv_upload_id, store=received.store, **read
        )

    async def _report(self, tenant: str, report: Report) -> FileReport:
        rows = None
        if report.rejected:
            body = await asyncio.to_thread(report.to_csv)
            rows = await self.store.keep_csv(tenant, body, len(report.rejected))
        return FileReport(
            rows=report.rows,
            kept=report.kept,
            skipped=report.skipped,
            rejected=len(report.rejected),
            codes=report.codes,
            remarks=report.remarks,
            rejected_rows=rows,
        )


def _lines(products: Sequence[Product]) -> bytes:
    return b"".join(product.canonical() + b"\n" for product in products)
