"""Once all pairs are counted: bundles. Once those have their names, if a model gives them: the end."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bundler.domain.beginning import Defaults
from bundler.domain.choosing import Found, found_by, work_of
from bundler.domain.concluding import concluded, failed_all, not_described, unreadable
from bundler.domain.planning import ModelConfig, model_config
from bundler.domain.records import Begun, Conclusion, GivenUp, Mined
from bundler.domain.tasks import TakeStep
from bundler.handler.ports import Costs, Explorer, Rows
from bundler.handler.reading import Store
from bundling.deadline import Deadline
from bundling.mining import Pairs, merged
from bundling.orders import OrderBook
from bundling.shop import Shop
from contracts import Event, WorkFailed
from contracts.deals import Snapshot
from runtime import Closing, RunKey, Transaction

CHOOSING_SHARE: Final = 0.1  # of the limit, kept back to choose among what was found and to tell of it


@dataclass(frozen=True, slots=True)
class Closed:
    """What a revision came to. A task: its end is told once that is settled."""

    conclusion: Conclusion
    task: TakeStep | None = None


@dataclass(frozen=True, slots=True)
class Close:
    rows: Rows
    explorer: Explorer
    store: Store
    costs: Costs
    defaults: Defaults

    async def decide(self, closing: Closing[TakeStep]) -> Closed:
        described = [member for member in closing.members if member.member_id.startswith("describe/")]
        if described:  # bundles are out; only their names were waited for
            told = await self.rows.conclusion(closing.run)
            failures = [GivenUp(one.failure.code, one.failure.words) for one in described if one.failure]
            return Closed(await self._with_cost(closing.run, not_described(told, failures)))
        begun = await self.rows.begun(closing.run)
        snapshot = await self.store.snapshot_if_readable(begun.frozen.snapshot)
        if snapshot is None:
            return Closed(await self._with_cost(closing.run, unreadable(begun)))
        conclusion = await self._concluded(closing, begun, snapshot)
        return Closed(await self._with_cost(closing.run, conclusion), self._task(begun, conclusion))

    async def record(self, tx: Transaction, closing: Closing[TakeStep], closed: Closed) -> Sequence[Event]:
        conclusion = closed.conclusion
        await self.rows.finish(tx, conclusion, told=closed.task is None)
        if closed.task is None:
            return [*conclusion.bundles, conclusion.finished]
        await tx.expect({closed.task.entity: tx.run.revision})
        return [*conclusion.bundles, closed.task]

    async def _concluded(self, closing: Closing[TakeStep], begun: Begun, snapshot: Snapshot) -> Conclusion:
        stopped = GivenUp("cancelled", "the run was cancelled") if closing.cancelled else begun.given_up
        if stopped is None:
            try:
                found = await self._found(closing.run, begun, snapshot)
                outcome = await self.store.keep(begun.frozen.tenant, found.outcome, found.items)
                return concluded(begun, found, outcome)
            except WorkFailed as failure:  # a part of the input cannot be read any more, but the run must end
                stopped = GivenUp(failure.code, failure.words)
        found = failed_all(begun, snapshot, await self._names(snapshot), stopped)
        outcome = await self.store.keep(begun.frozen.tenant, found.outcome, found.items)
        return concluded(begun, found, outcome, cancelled=closing.cancelled)

    async def _found(self, run: RunKey, begun: Begun, snapshot: Snapshot) -> Found:
        began, mined = time.monotonic(), await self.rows.mined(run)
        before_ms = begun.spent_ms + max((one.duration_ms for one in mined), default=0)
        catalog = await self.store.catalog(snapshot)
        book = await self.store.book(begun.book) if begun.book else OrderBook.of(())
        shop = await asyncio.to_thread(Shop.of, catalog, book, begun.as_of_ms)
        pairs = await self._pairs(mined)
        for_all = (1 - CHOOSING_SHARE) * begun.plan.limit_ms - before_ms
        left_seconds = for_all / 1000 - (time.monotonic() - began)
        work = work_of(begun, shop, pairs)
        explored = await self.explorer.explore(work, Deadline().within(left_seconds))
        spent_ms = before_ms + round((time.monotonic() - began) * 1000)
        return await asyncio.to_thread(found_by, begun, snapshot, shop, explored, spent_ms)

    async def _pairs(self, mined: Sequence[Mined]) -> Pairs:
        """A shard that could not be counted is missing: what it held is not believed, as the record says."""
        kept = [one.pairs for one in mined if one.pairs is not None]
        return merged(await asyncio.gather(*map(self.store.pairs, kept)))

    async def _names(self, snapshot: Snapshot) -> list[str]:
        try:
            return await self.store.names(snapshot)
        except WorkFailed:
            return []

    async def _with_cost(self, run: RunKey, conclusion: Conclusion) -> Conclusion:
        finished = conclusion.finished.model_copy(update={"cost": await self.costs.of(run)})
        return replace(conclusion, finished=finished)

    def _task(self, begun: Begun, conclusion: Conclusion) -> TakeStep | None:
        """None: nobody is asked for names."""
        if not begun.brief.settings.describe or not conclusion.bundles:
            return None
        frozen = begun.frozen
        return TakeStep(
            tenant=frozen.tenant,
            run_id=frozen.run_id,
            revision=frozen.revision,
            step="describe",
            config=self._config(begun),
            budget_usd=frozen.budget_usd,
        )

    def _config(self, begun: Begun) -> ModelConfig:
        told = self.defaults
        return model_config(
            begun.brief.settings.llm,
            model=told.model,
            temperature=told.temperature,
            max_output_tokens=told.max_output_tokens,
        )
