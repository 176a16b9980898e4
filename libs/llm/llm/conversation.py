"""One question until its answer is good: look it up, else ask, else ask for a better one, at most twice.

A good answer that leaves something to wish for is asked about once more. Then the one with fewer wishes is
taken; if the second is no good at all, the first.
"""

from dataclasses import dataclass
from typing import Any, Generic
from uuid import uuid4

from contracts import WorkFailed
from llm import logbook
from llm.answers import StoredAnswer, answer_key
from llm.calling import Caller
from llm.parsing import Verdict, accept, judge
from llm.question import A, Answered, Cost, Question, Tokens
from llm.reply import Reply
from llm.request import Message, Request, request_for
from objects import ObjectDamaged

MAX_REPAIRS = 2
NOT_STORED = "not_stored"
NEVER_AGAIN = {"refusal", "content_filter"}  # asking once more would not change it

REPAIR = """\
Your answer cannot be used:
{{complaints}}
Answer the original question again, with one complete and corrected JSON object and nothing else."""

WISH = """\
Your answer can be used, but it is not yet what was asked for:
{{complaints}}
Answer the original question again, with one complete JSON object and nothing else. Keep what was right."""


@dataclass
class Conversation(Generic[A]):
    caller: Caller
    question: Question[A]
    model: str
    fallback_for: str | None = None

    attempts: int = 0
    paid: tuple[Reply, ...] = ()  # in this conversation, by us
    heard: tuple[Reply, ...] = ()  # in this conversation, whoever paid

    async def answer(self) -> Answered[A]:
        first = request_for(self.question, self.model)
        for prompt in filter(None, (self.question.prompt, self.question.retry)):
            await self.caller.interactions.archive(self.question.call, prompt)
        stored = await self.caller.answers.find(first)
        if stored is not None:
            value = self._revalidated(first, stored)
            await self._log_hit(first, stored)
            return self._answered(first, value, stored)
        return await self._ask(first)

    async def _ask(self, first: Request) -> Answered[A]:
        request = first
        for repairs_left in reversed(range(MAX_REPAIRS + 1)):
            reply, verdict = await self._heard(request)
            if verdict.value is not None:
                return await self._keep(first, *await self._best(request, reply, verdict, verdict.value))
            if verdict.code in NEVER_AGAIN or not repairs_left:
                raise WorkFailed(str(verdict.code), verdict.words)
            request = self._repaired(request, reply, verdict)
        raise AssertionError("the last round returns or raises")

    async def _heard(self, request: Request) -> tuple[Reply, Verdict[A]]:
        reply = await self._found(request) or await self._bought(request)
        verdict = judge(reply, self.question)
        # Before the answer is kept: whoever finds that asks no further and leaves this without a row.
        await self._note(request, reply, verdict)
        self.heard = (*self.heard, reply)
        if verdict.code is not None:
            self.caller.metrics.bad(self.question.call.stage, self.model, verdict.code)
        return reply, verdict

    async def _best(self, request: Request, reply: Reply, verdict: Verdict[A], value: A) -> tuple[Reply, A]:
        """This good answer, or the one after its wishes were told, if that is good and leaves no more."""
        if not verdict.wishes:
            return reply, value
        try:
            second, found = await self._heard(_followed(request, reply, verdict, WISH))
        except WorkFailed as failure:
            if failure.code == NOT_STORED:
                raise  # a replay must not decide otherwise than the run that it repeats
            return reply, value
        if found.value is None or found.wishes > verdict.wishes:
            return reply, value
        return second, found.value

    async def _found(self, request: Request) -> Reply | None:
        """A raw answer that somebody paid for and did not live to use."""
        replies = await self.caller.answers.raw(request)
        good = [reply for reply in replies if judge(reply, self.question).value is not None]
        own = [reply for reply in replies if reply.belongs_to(self.question.call)]
        found = next(iter([*good, *own]), None)
        if found is not None:
            self.attempts = max(self.attempts + 1, found.attempt)
        return found

    async def _bought(self, request: Request) -> Reply:
        if self.caller.settings.llm_replay:
            raise WorkFailed(NOT_STORED, f"replay: no stored answer {answer_key(request)}")
        bought = await self.caller.pay(request, self.question, self.attempts + 1, self.fallback_for)
        if bought.own is None:
            self.attempts = max(self.attempts + 1, bought.kept.attempt)
            return bought.kept
        self.attempts = bought.own.attempt
        self.paid = (*self.paid, bought.own)
        if bought.kept != bought.own:
            await self._note(request, bought.own, judge(bought.own, self.question))
        return bought.kept

    async def _note(self, request: Request, reply: Reply, verdict: Verdict[A]) -> None:
        interaction = logbook.of_reply(request, self.question.prompt, reply, verdict)
        await self.caller.note(reply.call, interaction, str(reply.call_id))

    async def _keep(self, first: Request, reply: Reply, value: A) -> Answered[A]:
        answer = StoredAnswer(
            answer=value.model_dump(mode="json", by_alias=True),
            model=reply.served_model,
            call_id=reply.call_id,
            tokens=reply.tokens,
            cost=reply.cost,
            earlier=tuple(each.text for each in self.heard[: self.heard.index(reply)]),
        )
        stored = await self.caller.answers.keep(first, answer)
        if not self.paid:
            await self._log_hit(first, stored)
        return self._answered(first, self._revalidated(first, stored), stored)

    async def _log_hit(self, request: Request, stored: StoredAnswer) -> None:
        call = self.question.call
        interaction = logbook.of_stored(request, self.question.prompt, call, stored, self.fallback_for)
        await self.caller.note(call, interaction, str(uuid4()))
        self.caller.metrics.hit(call.stage, self.model, stored.cost)

    def _revalidated(self, request: Request, stored: StoredAnswer) -> A:
        verdict = accept(stored.answer, self.question)
        if verdict.value is None:
            raise ObjectDamaged(answer_key(request), f"the stored answer does not fit: {verdict.words}")
        return verdict.value

    def _repaired(self, request: Request, reply: Reply, verdict: Verdict[Any]) -> Request:
        if verdict.code == "truncated":
            return self._longer(request, verdict)
        retry = self.question.retry
        return _followed(request, reply, verdict, REPAIR if retry is None else retry.user)

    def _longer(self, request: Request, verdict: Verdict[Any]) -> Request:
        """The same question with more room, once."""
        room = min(2 * request.max_output_tokens, self.caller.settings.llm_output_limit)
        if request.max_output_tokens > self.question.max_output_tokens or room <= request.max_output_tokens:
            raise WorkFailed("truncated", verdict.words)
        return request.with_output(room)

    def _answered(self, first: Request, value: A, stored: StoredAnswer) -> Answered[A]:
        return Answered(
            value=value,
            cache_key=first.cache_key,
            sample=first.sample,
            model=self.model,
            from_store=not self.paid,
            cost=self._cost(),
            tokens=sum((reply.tokens for reply in self.paid), Tokens()),
            attempts=self.attempts,
            fallback_for=self.fallback_for,
            earlier=stored.earlier,
        )

    def _cost(self) -> Cost | None:
        known = [reply.cost for reply in self.paid if reply.cost is not None]
        if len(known) < len(self.paid):
            return None
        return Cost(sum((cost.usd for cost in known), logbook.NOTHING), self.caller.prices.as_of)


def _followed(request: Request, reply: Reply, verdict: Verdict[Any], words: str) -> Request:
    complaints = "\n".join(f"- {complaint}" for complaint in verdict.complaints)
    return request.followed_by(
        Message("assistant", reply.text), Message("user", words.replace("{{complaints}}", complaints))
    )
