"""The planner and the real conversation, with answers out of a list in the place of a provider."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import uuid4

from prometheus_client import CollectorRegistry

from llm import Answered, Cost, LanguageModel, LlmSettings, Question, Tokens
from llm.answers import Answers
from llm.calling import Bought, Caller
from llm.conversation import Conversation
from llm.interactions import Interaction, Interactions
from llm.metrics import Metrics
from llm.prices import Prices
from llm.question import Call
from llm.reply import Reply
from llm.request import Request
from objects import MemoryObjects
from packager.adapters import LlmPlanner


@dataclass
class Script:
    """In the place of `llm.Caller`: pays with the next text of the list, the last one for ever."""

    texts: Sequence[str]
    store: MemoryObjects = field(default_factory=MemoryObjects)
    asked: list[Request] = field(default_factory=list)
    noted: list[Interaction] = field(default_factory=list)
    settings: LlmSettings = field(default_factory=LlmSettings)
    prices: Prices = field(default_factory=lambda: Prices.load(None))
    metrics: Metrics = field(default_factory=lambda: Metrics(CollectorRegistry()))

    @property
    def answers(self) -> Answers:
        return Answers(self.store)

    @property
    def interactions(self) -> Interactions:
        return Interactions(self.store)

    async def pay(
        self, request: Request, question: Question[Any], number: int, fallback_for: str | None
    ) -> Bought:
        text = self.texts[min(len(self.asked), len(self.texts) - 1)]
        self.asked.append(request)
        reply = Reply(
            call_id=uuid4(),
            call=question.call,
            attempt=number,
            fallback_for=fallback_for,
            started_at=datetime.now(UTC),
            duration_ms=1,
            text=text,
            refusal=None,
            finish_reason="stop",
            served_model="scripted-1",
            tokens=Tokens(1, 1),
            cost=Cost(Decimal(0), "2026-01-01"),
        )
        return Bought(reply, await self.answers.keep_raw(request, reply))

    async def note(self, call: Call, interaction: Interaction, unique: str) -> None:
        self.noted.append(interaction)

    async def ask(self, question: Question[Any]) -> Answered[Any]:
        return await Conversation(cast("Caller", self), question, question.model).answer()


def planner(script: Script) -> LlmPlanner:
    return LlmPlanner(cast("LanguageModel", script), "scripted-1", 8192)
