"""A request, read: which prompt it is, what it gives as data, how the answer is limited."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

MARKER = re.compile(r'^\s*<prompt name="([^"]*)"(?: version="([^"]*)")?\s*/>')
# A block begins and ends on lines of its own; a sentence that mentions a tag is no block.
BLOCK = re.compile(r'^<data name="([^"]+)">[ \t]*\n(.*?)^</data>', re.MULTILINE | re.DOTALL)
ASKING_ROLES = ("system", "developer", "user")


class BadQuestion(Exception):
    """The request cannot be answered as it is; the words say why."""


class Part(BaseModel):
    model_config = ConfigDict(extra="allow")
    text: str = ""


class Message(BaseModel):
    model_config = ConfigDict(extra="allow")
    role: str
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "".join(part.text for part in self.content)
        return self.content or ""


class ResponseFormat(BaseModel):
    model_config = ConfigDict(extra="allow")
    type: str = "text"
    json_schema: dict[str, Any] | None = None


class ChatRequest(BaseModel):
    """The fields that matter here; profiles judge the others."""

    model_config = ConfigDict(extra="allow")

    model: str
    messages: list[Message] = Field(min_length=1)
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    response_format: ResponseFormat | None = None
    stream: bool | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What the messages ask."""

    prompt_name: str | None
    user: str
    conversation: str
    prompt_sha256: str
    data: Mapping[str, Sequence[Any]]

    def items(self, name: str) -> Sequence[Any]:
        if name not in self.data:
            raise BadQuestion(f'the prompt {self.prompt_name} has no block <data name="{name}">')
        return self.data[name]


def read(messages: Sequence[Message]) -> Question:
    system = "\n".join(message.text for message in messages if message.role in {"system", "developer"})
    user = "\n".join(message.text for message in messages if message.role == "user")
    marker = MARKER.match(system or user)
    return Question(
        prompt_name=marker.group(1) if marker else None,
        user=user,
        conversation="\n".join(message.text for message in messages),
        prompt_sha256=prompt_sha256(messages),
        data=_blocks(user) if marker else {},
    )


def prompt_sha256(messages: Sequence[Message]) -> str:
    """The sha256 of the texts of all system and user messages, joined by newlines; answers do not count."""
    texts = [message.text for message in messages if message.role in ASKING_ROLES]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def _blocks(user: str) -> dict[str, list[Any]]:
    """Of two blocks with one name the first counts: a repair question may quote the original."""
    blocks: dict[str, list[Any]] = {}
    for name, body in BLOCK.findall(user):
        blocks.setdefault(name, _lines(name, body))
    return blocks


def _lines(name: str, body: str) -> list[Any]:
    items = []
    for number, line in enumerate(body.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            items.append(json.loads(line))
        except json.JSONDecodeError as error:
            raise BadQuestion(f"line {number} of the data {name!r} is not JSON: {error}") from error
    return items
