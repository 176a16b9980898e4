"""One request as it is sent, and the key under which its answer is kept."""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from contracts import canonical
from llm.parsing import PARSER_VERSION
from llm.prices import most_tokens
from llm.question import A, Question
from llm.schema import strict_schema

TOKENS_PER_MESSAGE = 16  # what a provider puts around each


@dataclass(frozen=True, slots=True)
class Message:
    role: str
    content: str


@dataclass(frozen=True)
class Request:
    tenant: str
    model: str
    temperature: float
    max_output_tokens: int
    messages: tuple[Message, ...]
    schema_name: str
    schema: dict[str, Any]
    sample: int
    begun_with: str = ""  # cache key of the request that this one repairs

    @cached_property
    def cache_key(self) -> str:
        """Whatever can change the answer, and nothing else: no run, no time, no position."""
        content = {
            "tenant": self.tenant,
            "model": self.model,
            "temperature": self.temperature,
            "max_output_tokens": self.max_output_tokens,
            "messages": [[message.role, message.content] for message in self.messages],
            "schema": self.schema,
            "parser": PARSER_VERSION,
        }
        return hashlib.sha256(canonical(content)).hexdigest()

    @property
    def question_key(self) -> str:
        """Under this key the answer is kept, however often it had to be asked for."""
        return self.begun_with or self.cache_key

    @property
    def seed(self) -> int:
        return (int(self.cache_key[:7], 16) + self.sample) % 2**31

    @property
    def most_prompt_tokens(self) -> int:
        return sum(most_tokens(message.content) + TOKENS_PER_MESSAGE for message in self.messages)

    @property
    def text(self) -> str:
        """The whole prompt, for people; later turns say whose they are."""
        system, user, *turns = self.messages
        spoken = (f"[{turn.role}]\n{turn.content}" for turn in turns)
        return "\n\n".join([system.content, user.content, *spoken])

    def followed_by(self, *messages: Message) -> "Request":
        return replace(self, messages=(*self.messages, *messages), begun_with=self.question_key)

    def with_output(self, tokens: int) -> "Request":
        return replace(self, max_output_tokens=tokens, begun_with=self.question_key)


def request_for(question: Question[A], model: str) -> Request:
    rendered = question.prompt.render(question.values, question.data)
    return Request(
        tenant=question.call.tenant,
        model=model,
        temperature=question.temperature,
        max_output_tokens=question.max_output_tokens,
        messages=(Message("system", rendered.system), Message("user", rendered.user)),
        schema_name=question.prompt.name,
        schema=strict_schema(question.answer),
        sample=question.sample,
    )
