"""A language model for one process that has no database: answers in a store, all else in memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from contracts import Unavailable
from llm.bucket import Limits, Slot
from llm.interactions import Row
from llm.ledger import Spending, over_budget
from llm.model import LanguageModel
from llm.question import Budget, Call
from llm.settings import LlmSettings
from objects import ObjectStore

NOTHING: Final = Decimal(0)
MINUTE: Final = 60.0

Run = tuple[str, str]  # tenant and run id


def open_offline(settings: LlmSettings, store: ObjectStore) -> LanguageModel:
    """What the store has an answer to is neither asked nor paid for again, whichever process asked it."""
    return LanguageModel(settings, store, MemoryLedger())


@dataclass(slots=True)
class Reservation:
    run: Run
    usd: Decimal
    settled: bool = False


class MemoryLedger:
    """Of one process: a budget holds as long as that lives."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}  # by the path of the file
        self._limits: dict[Run, Decimal] = {}
        self._spent: dict[Run, Decimal] = {}
        self._reservations: dict[UUID, Reservation] = {}

    async def set_limit(self, tenant: str, run_id: str, usd: Decimal) -> None:
        self._limits[tenant, run_id] = usd

    async def spending(self, tenant: str, run_id: str) -> Spending:
        return self._spending((tenant, run_id))

    async def reserve(
        self, call_id: UUID, call: Call, usd: Decimal | None, budget: Budget | None, seconds: float
    ) -> None:
        """Charge the most that a call can cost, or raise OverBudget. `usd` None: nobody knows."""
        run = (call.tenant, call.run_id)
        if budget is not None:
            self._limits.setdefault(run, budget.limit_usd)
        spending = self._spending(run)
        if not _granted(spending, usd):
            raise over_budget(call.run_id, spending, usd)
        self._spent[run] = spending.spent_usd + (usd or NOTHING)
        self._reservations[call_id] = Reservation(run, usd or NOTHING)

    async def settle(self, call_id: UUID, usd: Decimal | None) -> None:
        """Twice is the same as once. None: what was reserved stays charged."""
        reserved = self._reservations.get(call_id)
        if reserved is None or reserved.settled:
            return
        reserved.settled = True
        if usd is not None:
            self._spent[reserved.run] += usd - reserved.usd

    async def record(self, row: Row) -> None:
        self.rows.setdefault(row.file_path, row)
        if row.call_id is not None:
            await self.settle(row.call_id, row.cost_usd)

    def slots(self, provider: str, limits: Limits, longest_wait_seconds: float) -> "LocalSlots":
        return LocalSlots(limits, longest_wait_seconds)

    def _spending(self, run: Run) -> Spending:
        return Spending(self._limits.get(run), self._spent.get(run, NOTHING))


class LocalSlots:
    """Leave comes however long it takes, as no queue would take the work back.

    Only where the provider asks for a long wait, the call is Unavailable. Calls are spread over the minute.
    """

    def __init__(self, limits: Limits, longest_wait_seconds: float) -> None:
        self._limits = limits
        self._longest_wait_seconds = longest_wait_seconds
        self._free = asyncio.Semaphore(limits.concurrency)
        self._turn = asyncio.Lock()
        self._requests_from = self._tokens_from = self._blocked_until = 0.0  # in the loop's time

    @asynccontextmanager
    async def slot(self, tokens: int, call_seconds: float) -> AsyncIterator[Slot]:
        slot = Slot(tokens)
        async with self._free:
            async with self._turn:
                await self._wait(slot)
            try:
                yield slot
            finally:
                self._give_back(slot)

    async def _wait(self, slot: Slot) -> None:
        if (blocked := self._blocked_until - _now()) > self._longest_wait_seconds:
            raise Unavailable("language model: the provider asked us to wait", blocked)
        if (wait := self._opens_at() - _now()) > 0:
            await asyncio.sleep(wait)
            await self._wait(slot)  # a call that ended meanwhile may have been told to wait longer
            return
        if self._limits.requests_per_minute:
            self._requests_from = _now() + MINUTE / self._limits.requests_per_minute
        if self._limits.tokens_per_minute:
            self._tokens_from = _now() + MINUTE * slot.tokens / self._limits.tokens_per_minute

    def _opens_at(self) -> float:
        return max(self._requests_from, self._tokens_from, self._blocked_until)

    def _give_back(self, slot: Slot) -> None:
        if self._limits.tokens_per_minute and slot.used_tokens is not None:
            self._tokens_from -= MINUTE * (slot.tokens - slot.used_tokens) / self._limits.tokens_per_minute
        self._blocked_until = max(self._blocked_until, _now() + slot.block_seconds)


def _granted(spending: Spending, usd: Decimal | None) -> bool:
    if spending.limit_usd is None:
        return True
    return usd is not None and 0 < spending.limit_usd >= spending.spent_usd + usd


def _now() -> float:
    return asyncio.get_running_loop().time()
