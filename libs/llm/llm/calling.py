"""One reply for money: reserve, wait for a slot, call, keep what came; again where the world was wrong."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from llm import logbook
from llm.answers import Answers
from llm.bucket import SPARE_SECONDS, Limits, Slot
from llm.endpoint import Completion, Endpoint
from llm.failures import CallFailed, Kind
from llm.interactions import Interaction, Interactions, Row
from llm.logbook import Attempt
from llm.metrics import Metrics
from llm.prices import Prices, most_tokens
from llm.question import Budget, Call, Question, Tokens
from llm.reply import Reply
from llm.request import Request
from llm.settings import LlmSettings
from objects import failpoint


class Slots(Protocol):
    """Leave to call the provider."""

    def slot(self, tokens: int, call_seconds: float) -> AbstractAsyncContextManager[Slot]: ...


class Accounts(Protocol):
    """What runs may spend and have spent, the index of all interactions, and whose turn it is to call."""

    async def reserve(
        self, call_id: UUID, call: Call, usd: Decimal | None, budget: Budget | None, seconds: float
    ) -> None: ...

    async def settle(self, call_id: UUID, usd: Decimal | None) -> None: ...

    async def record(self, row: Row) -> None: ...

    def slots(self, provider: str, limits: Limits, longest_wait_seconds: float) -> Slots: ...


@dataclass(frozen=True, slots=True)
class Bought:
    own: Reply | None  # what was paid for; None: another worker of the revision had it while we waited
    kept: Reply  # what to go on with: another worker of the revision may have been first


@dataclass(frozen=True, slots=True)
class Caller:
    settings: LlmSettings
    endpoint: Endpoint
    bucket: Slots
    ledger: Accounts
    answers: Answers
    interactions: Interactions
    prices: Prices
    metrics: Metrics

    async def pay(
        self, request: Request, question: Question[Any], number: int, fallback_for: str | None
    ) -> Bought:
        """A reply, the first attempt having this number; or Unavailable, Blocked, WorkFailed, OverBudget."""
        failures = 0
        while True:
            attempt = Attempt(number, fallback_for)
            try:
                return await self._attempt(request, question, attempt)
            except CallFailed as failure:
                await self._log(request, question, attempt, failure)
                if failure.kind is not Kind.FORMAT:
                    await self._pause(failure, failures)
                    failures += 1
            number += 1

    async def _pause(self, failure: CallFailed, earlier: int) -> None:
        """Wait for the next attempt, or give up."""
        jitter = random.uniform(0.5, 1.5)  # noqa: S311 - no secret
        pause = self.settings.llm_retry_pause_seconds * 2**earlier * jitter
        wait = max(pause, failure.retry_after_seconds or 0)
        last = earlier >= self.settings.llm_transport_retries or wait > self.settings.llm_longest_wait_seconds
        if failure.kind is not Kind.RETRY or last:
            raise failure.verdict() from failure
        await asyncio.sleep(wait)

    async def _attempt(self, request: Request, question: Question[Any], attempt: Attempt) -> Bought:
        timeout = question.timeout_seconds or self.settings.llm_timeout_seconds
        async with self._leave(request, question, attempt, timeout) as slot:
            await failpoint("before_call")
            # To wait for leave takes time, and a worker that was frozen has lost its lease to another.
            looked_at = asyncio.get_running_loop().time()
            earlier = await self.answers.received(request, question.call)
            if earlier is not None:
                slot.used_tokens = 0
                await self.ledger.settle(attempt.call_id, Decimal(0))
                return Bought(own=None, kept=earlier)
            attempt.start()
            completion = await self._complete(request, slot, timeout, looked_at, stage=question.call.stage)
            await failpoint("after_answer_before_file")
            # Before the slot goes back: a database that is away must not cost us a paid answer.
            own = self._reply(request, question, attempt, completion)
            return Bought(own, await self.answers.keep_raw(request, own))

    @asynccontextmanager
    async def _leave(
        self, request: Request, question: Question[Any], attempt: Attempt, timeout: float
    ) -> AsyncIterator[Slot]:
        """The run may pay for the call, and the provider may be called."""
        seconds = timeout + self.settings.llm_longest_wait_seconds + SPARE_SECONDS
        most = Tokens(request.most_prompt_tokens, request.max_output_tokens)
        cost = self.prices.cost(request.model, most)
        usd = cost.usd if cost else None
        await self.ledger.reserve(attempt.call_id, question.call, usd, question.budget, seconds)
        called = False
        try:
            async with self.bucket.slot(most.prompt + most.completion, timeout) as slot:
                called = True
                yield slot
        finally:
            if not called:
                await self.ledger.settle(attempt.call_id, Decimal(0))

    async def _complete(
        self, request: Request, slot: Slot, timeout: float, looked_at: float, *, stage: str
    ) -> Completion:
        during = asyncio.create_task(failpoint("during_call"))
        began = asyncio.get_running_loop().time()
        outcome = "interrupted"
        try:
            completion = await self.endpoint.complete(request, timeout, looked_at)
        except CallFailed as failure:
            outcome = failure.code
            slot.outcome = "overload" if failure.overload else "unknown"
            slot.used_tokens = None if failure.maybe_billed else 0
            slot.block_seconds = failure.retry_after_seconds or 0
            raise
        else:
            outcome = slot.outcome = "answered"
            if completion.tokens:
                slot.used_tokens = completion.tokens.prompt + completion.tokens.completion
            return completion
        finally:
            during.cancel()
            seconds = asyncio.get_running_loop().time() - began
            self.metrics.called(stage, request.model, outcome, seconds)

    def _reply(
        self, request: Request, question: Question[Any], attempt: Attempt, completion: Completion
    ) -> Reply:
        tokens = completion.tokens or Tokens(request.most_prompt_tokens, most_tokens(completion.text))
        reply = Reply(
            call_id=attempt.call_id,
            call=question.call,
            attempt=attempt.number,
            fallback_for=attempt.fallback_for,
            started_at=attempt.started_at,
            duration_ms=attempt.milliseconds,
            text=completion.text,
            refusal=completion.refusal,
            finish_reason=completion.finish_reason,
            served_model=completion.served_model,
            tokens=tokens,
            cost=self.prices.cost(request.model, tokens),
        )
        self.metrics.paid(question.call.stage, request.model, tokens, reply.cost)
        return reply

    async def _log(
        self, request: Request, question: Question[Any], attempt: Attempt, failure: CallFailed
    ) -> None:
        interaction = logbook.of_failure(request, question.prompt, question.call, attempt, failure)
        await self.note(question.call, interaction, str(attempt.call_id))

    async def note(self, call: Call, interaction: Interaction, unique: str) -> None:
        """File and row. Who is cancelled meanwhile leaves both or none."""
        await asyncio.shield(self._note(call, interaction, unique))

    async def _note(self, call: Call, interaction: Interaction, unique: str) -> None:
        row = await self.interactions.write(call, interaction, unique)
        self.metrics.logged(call.stage, row.bytes)
        await self.ledger.record(row)
