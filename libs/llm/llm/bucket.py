"""The provider's limits, held across all workers: calls at once, requests and tokens a minute."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID, uuid4

import asyncpg

from contracts import Unavailable

SPARE_SECONDS = 15.0  # a slot outlives its call by this much, then it counts as lost


@dataclass(frozen=True, slots=True)
class Limits:
    concurrency: int
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None


@dataclass(slots=True)
class Slot:
    """Leave to make one call; the caller notes how it went."""

    tokens: int
    slot_id: UUID = field(default_factory=uuid4)
    outcome: Literal["answered", "overload", "unknown"] = "unknown"
    used_tokens: int | None = None
    block_seconds: float = 0


class Bucket:
    def __init__(
        self, pool: asyncpg.Pool, provider: str, limits: Limits, longest_wait_seconds: float
    ) -> None:
        self._pool = pool
        self._provider = provider
        self._limits = limits
        self._longest_wait_seconds = longest_wait_seconds
        self._queue = asyncio.Lock()

    @asynccontextmanager
    async def slot(self, tokens: int, call_seconds: float) -> AsyncIterator[Slot]:
        """Raises Unavailable where the wait would be too long to hold a worker's place for."""
        slot = Slot(tokens)
        try:
            async with asyncio.timeout(self._longest_wait_seconds):
                await self._take(slot, call_seconds + SPARE_SECONDS)
        except TimeoutError:
            raise Unavailable("language model: no call was free in time") from None
        try:
            yield slot
        finally:
            await self._give_back(slot)

    async def _take(self, slot: Slot, seconds: float) -> None:
        if not await self._try(slot, seconds):
            return
        async with self._queue:  # one asks for all that wait in this process, and they go in turn
            while wait := await self._try(slot, seconds):
                if wait > self._longest_wait_seconds:
                    raise Unavailable("language model: the provider asked us to wait", wait)
                await asyncio.sleep(wait * random.uniform(1, 1.5))  # noqa: S311 - no secret

    async def _try(self, slot: Slot, seconds: float) -> float:
        """0, or how long to wait."""
        wait: float = await self._pool.fetchval(
            "select llm.take_slot($1, $2, $3, $4, $5, $6, $7)",
            self._provider,
            slot.slot_id,
            self._limits.concurrency,
            self._limits.requests_per_minute,
            self._limits.tokens_per_minute,
            slot.tokens,
            seconds,
        )
        return wait

    async def _give_back(self, slot: Slot) -> None:
        left = slot.tokens - slot.used_tokens if slot.used_tokens is not None else 0
        await self._pool.execute(
            "select llm.give_slot_back($1, $2, $3, $4, $5, $6)",
            self._provider,
            slot.slot_id,
            self._limits.concurrency,
            left,
            slot.outcome,
            slot.block_seconds,
        )
