"""Frozen products and a store's orders become a plan, and pairs to count."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bundler.domain.beginning import Defaults, as_of, begun_plan, shards_of
from bundler.domain.records import Begun, GivenUp
from bundler.domain.tasks import TakeStep
from bundler.handler.ports import Orders, Rows, Uploads
from bundler.handler.reading import Store
from bundling.orders import OrderBook
from bundling.shop import Shop
from contracts import Event, Reference, WorkFailed
from contracts.bundling import BundlesBrief
from contracts.deals import ItemsFrozen, Snapshot
from runtime import Failure, Transaction


@dataclass(frozen=True, slots=True)
class Beginning:
    begun: Begun
    tasks: tuple[TakeStep, ...] = ()


@dataclass(frozen=True, slots=True)
class BeginRun:
    rows: Rows
    orders: Orders
    uploads: Uploads
    store: Store
    defaults: Defaults
    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))  # one store in memory

    async def decide(self, frozen: ItemsFrozen) -> Beginning | None:
        """None: no bundles are asked for."""
        if frozen.bundles is None:
            return None
        async with self.turn:
            return await self._begin(frozen, frozen.bundles, time.monotonic())

    async def give_up(self, frozen: ItemsFrozen, failure: Failure) -> Beginning | None:
        """Nothing is looked for: every product of the input has failed."""
        if frozen.bundles is None:
            return None
        return Beginning(Begun(frozen, given_up=GivenUp(failure.code, failure.words)))

    async def record(
        self, tx: Transaction, frozen: ItemsFrozen, decision: Beginning | None
    ) -> Sequence[Event]:
        if decision is None or not await self.rows.begin(tx, decision.begun):
            return []
        await tx.expect({task.entity: tx.run.revision for task in decision.tasks})
        return decision.tasks

    async def _begin(self, frozen: ItemsFrozen, brief: BundlesBrief, began: float) -> Beginning:
        catalog = await self.store.catalog(await self.store.read(Snapshot, frozen.snapshot))
        kept = await self._book(frozen.tenant, brief)
        as_of_ms = as_of(brief, kept, catalog)
        shop = await asyncio.to_thread(Shop.of, catalog, kept, as_of_ms)
        cost = await self.rows.combo_cost(frozen.tenant, brief.store)
        plan = await asyncio.to_thread(begun_plan, shop, brief.settings, cost)
        book = await self.store.keep_book(frozen.tenant, shop.book) if shop.book.lines else None
        spent_ms = round((time.monotonic() - began) * 1000)
        begun = Begun(frozen, plan, book, as_of_ms, spent_ms)
        return Beginning(begun, self._tasks(begun, shop, book) if book else ())

    async def _book(self, tenant: str, brief: BundlesBrief) -> OrderBook:
        if brief.csv_upload_id is None:
            return await self.orders.book(tenant, brief.store)
        upload = await self.uploads.read(tenant, brief.csv_upload_id)
        if upload is None or upload.products is None:
            raise WorkFailed("unknown_upload", f"{brief.csv_upload_id} was not read, or was refused")
        return await self.store.book(upload.orders) if upload.orders else OrderBook.of(())

    def _tasks(self, begun: Begun, shop: Shop, book: Reference) -> tuple[TakeStep, ...]:
        frozen, settings = begun.frozen, begun.brief.settings
        return tuple(
            TakeStep(
                tenant=frozen.tenant,
                run_id=frozen.run_id,
                revision=frozen.revision,
                step="mine",
                number=number,
                book=book,
                first_row=shard.first_row,
                end_row=shard.end_row,
                basket_cap=settings.basket_cap,
                limit_ms=max(1, settings.limit_ms - begun.spent_ms) // 2,
            )
            for number, shard in enumerate(shards_of(shop, self.defaults.shard_lines))
        )
