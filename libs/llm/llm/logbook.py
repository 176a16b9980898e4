"""How each kind of attempt reads in the log."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from contracts import canonical
from llm.answers import StoredAnswer
from llm.failures import CallFailed
from llm.interactions import Context, Interaction, Metadata
from llm.layout import prompt_file
from llm.parsing import Verdict
from llm.prompts import Prompt
from llm.question import Call, Cost, Tokens
from llm.reply import Reply
from llm.request import Request

NOTHING = Decimal(0)


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Attempt:
    """One try to get an answer from the provider."""

    number: int
    fallback_for: str | None
    call_id: UUID = field(default_factory=uuid4)
    started_at: datetime = field(default_factory=now)

    def start(self) -> None:
        """Waiting for a slot is over: the provider's time begins."""
        self.started_at = now()

    @property
    def milliseconds(self) -> int:
        return round((now() - self.started_at).total_seconds() * 1000)


def of_reply(request: Request, prompt: Prompt, reply: Reply, verdict: Verdict[Any]) -> Interaction:
    """The same whoever writes it: the worker that paid, or one that found the raw answer after a crash."""
    return _interaction(
        reply.call,
        request,
        prompt,
        response=reply.text,
        attempt=reply.attempt,
        timestamp=reply.started_at,
        duration_ms=reply.duration_ms,
        fallback_for=reply.fallback_for,
        served_model=reply.served_model,
        status="answered" if verdict.code is None else "bad",
        error_code=verdict.code,
        error=verdict.words or None,
        finish_reason=reply.finish_reason,
        call_id=reply.call_id,
        **_tokens(reply.tokens),
        **_cost(reply.cost),
    )


def of_failure(
    request: Request, prompt: Prompt, call: Call, attempt: Attempt, failure: CallFailed
) -> Interaction:
    """Without an answer. What may have been billed stays charged in full, as nobody can tell."""
    return _interaction(
        call,
        request,
        prompt,
        response="",
        attempt=attempt.number,
        timestamp=attempt.started_at,
        duration_ms=attempt.milliseconds,
        fallback_for=attempt.fallback_for,
        status="failed",
        error_code=failure.code,
        error=failure.words,
        call_id=attempt.call_id,
        cost_usd=None if failure.maybe_billed else NOTHING,
        cost_known=not failure.maybe_billed,
    )


def of_stored(
    request: Request, prompt: Prompt, call: Call, stored: StoredAnswer, fallback_for: str | None
) -> Interaction:
    return _interaction(
        call,
        request,
        prompt,
        response=canonical(stored.answer).decode(),
        attempt=1,
        timestamp=now(),
        duration_ms=0,
        fallback_for=fallback_for,
        served_model=stored.model,
        status="answered",
        cached=True,
        cost_usd=NOTHING,
        saved_usd=stored.cost.usd if stored.cost else None,
        **_tokens(stored.tokens),
    )


def _interaction(call: Call, request: Request, prompt: Prompt, response: str, **facts: Any) -> Interaction:
    metadata = Metadata(
        run_id=call.run_id,
        interaction_type=call.interaction_type,
        batch_id=call.batch_id,
        category=call.category,
        tenant=call.tenant,
        revision=call.revision,
        stage=call.stage,
        entity=call.entity,
        model=request.model,
        temperature=request.temperature,
        max_output_tokens=request.max_output_tokens,
        cache_key=request.question_key,
        sample=request.sample,
        prompt_file=prompt_file(call, prompt.name),
        prompt_version=prompt.version,
        prompt_sha256=prompt.sha256,
        **facts,
    )
    context = Context(
        batch_size=len(call.expected_ids),
        expected_ids=call.expected_ids,
        product_category=call.category,
        batch_products=call.names,
    )
    return Interaction(metadata=metadata, context=context, prompt=request.text, response=response)


def _tokens(tokens: Tokens) -> dict[str, int]:
    return {
        "prompt_tokens": tokens.prompt,
        "cached_prompt_tokens": tokens.cached_prompt,
        "completion_tokens": tokens.completion,
    }


def _cost(cost: Cost | None) -> dict[str, Any]:
    if cost is None:
        return {"cost_known": False}
    return {"cost_usd": cost.usd, "prices_of": cost.as_of}
