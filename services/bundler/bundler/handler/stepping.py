"""One piece of a run: pairs counted, or bundles described."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from bundler.domain.records import Mined
from bundler.domain.tasks import TakeStep
from bundler.handler.ports import Describer, Miner, Rows
from bundler.handler.reading import Store
from bundling.deadline import Deadline
from bundling.mining import PairShard
from contracts import Event
from contracts.bundles import BundleDescribed
from runtime import Failure, Transaction
from runtime.work import run_of

Described = tuple[BundleDescribed, ...]


@dataclass(frozen=True, slots=True)
class MakeStep:
    rows: Rows
    miner: Miner
    describer: Describer
    store: Store

    async def decide(self, step: TakeStep) -> Mined | Described:
        if step.step == "mine":
            return await self._mined(step)
        return tuple(await self.describer.describe(step, await self.rows.bundles(run_of(step))))

    async def give_up(self, step: TakeStep, failure: Failure) -> Mined | Described:
        """Pairs that are not counted are not believed; bundles keep the names of their templates."""
        return Mined(step.number, code=failure.code) if step.step == "mine" else ()

    async def record(self, tx: Transaction, step: TakeStep, settled: Mined | Described) -> Sequence[Event]:
        if isinstance(settled, Mined):
            await self.rows.settle(tx, settled)
            return []
        await self.rows.describe(tx, settled)
        return settled

    async def _mined(self, step: TakeStep) -> Mined:
        assert step.book is not None  # noqa: S101 - there is nothing to mine without one
        began = time.monotonic()
        deadline = Deadline().within(step.limit_ms / 1000)
        book = await self.store.book(step.book)
        shard = PairShard(step.first_row, step.end_row)
        pairs = await self.miner.pairs(book, shard, cap=step.basket_cap, deadline=deadline)
        kept = await self.store.keep_pairs(step.tenant, pairs)
        return Mined(step.number, kept, pairs.complete, round((time.monotonic() - began) * 1000))
