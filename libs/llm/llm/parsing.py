"""From what a model said to a value that fits the question, or to words about what is wrong."""

import re
from dataclasses import dataclass, replace
from json import JSONDecodeError, JSONDecoder
from typing import Any, Generic

from pydantic import ValidationError

from contracts import InvalidEvent, loads
from contracts.event import describe
from llm.question import A, Question
from llm.reply import Reply

PARSER_VERSION = 1  # part of every cache key: raise it when an old answer could be read differently
OBJECT = re.compile(r'\{\s*["}]')  # where a JSON object can begin; "{x}" in prose is none
MAX_COMPLAINTS = 20
UNFIT = "unfit"  # a good answer that could be better, as the question's wish says


class NoAnswer(Exception):
    """There is no readable JSON object in the text."""


@dataclass(frozen=True, slots=True)
class Verdict(Generic[A]):
    """A value, or a code and complaints; or both, where a good answer could be better."""

    value: A | None = None
    code: str | None = None
    complaints: tuple[str, ...] = ()
    wishes: int = 0

    @property
    def words(self) -> str:
        return "; ".join(self.complaints)


def judge(reply: Reply, question: Question[A]) -> Verdict[A]:
    if reply.finish_reason == "content_filter":
        return Verdict(code="content_filter", complaints=("the provider's filter stopped the answer",))
    if reply.refusal:
        return Verdict(code="refusal", complaints=(f"the model refused: {reply.refusal[:300]}",))
    if reply.finish_reason == "length":
        return Verdict(code="truncated", complaints=("the answer was cut off at its maximum length",))
    try:
        return _wished(accept(parse(reply.text), question), question)
    except NoAnswer as error:
        return Verdict(code="bad_answer", complaints=(str(error),))


def _wished(verdict: Verdict[A], question: Question[A]) -> Verdict[A]:
    wishes = question.wish(verdict.value) if verdict.value is not None else []
    if not wishes:
        return verdict
    return replace(verdict, code=UNFIT, complaints=_bounded(wishes), wishes=len(wishes))


def accept(content: Any, question: Question[A]) -> Verdict[A]:
    """Shape first, then what the domain has to say."""
    try:
        value = question.answer.model_validate(content)
    except ValidationError as error:
        return Verdict(code="bad_answer", complaints=(describe(error, MAX_COMPLAINTS),))
    complaints = question.check(value)
    if complaints:
        return Verdict(code="bad_answer", complaints=_bounded(complaints))
    return Verdict(value)


def parse(text: str) -> Any:
    """The first JSON object in the text, whatever stands around it."""
    start = OBJECT.search(text)
    if start is None:
        raise NoAnswer("the answer holds no JSON object")
    try:
        _, end = JSONDecoder().raw_decode(text, start.start())
        return loads(text[start.start() : end])
    except JSONDecodeError as error:
        raise NoAnswer(f"the answer is not valid JSON: {error}") from error
    except InvalidEvent as error:
        raise NoAnswer(f"the answer is not valid JSON: {error.words}") from error
    except RecursionError as error:
        raise NoAnswer("the answer is not valid JSON: nested too deeply") from error


def readable(text: str) -> Any:
    """What an answer says, whether or not it is of use; None: it holds no JSON object."""
    try:
        return parse(text)
    except NoAnswer:
        return None


def _bounded(complaints: list[str]) -> tuple[str, ...]:
    more = len(complaints) - MAX_COMPLAINTS
    return (*complaints[:MAX_COMPLAINTS], f"and {more} more") if more > 0 else tuple(complaints)
