"""Answers in the object store: raw ones the moment they arrive, validated ones for everybody.

    answers/<tenant>/<cache key>/<sample>.json               validated; whoever asks the same gets this
    answers/<tenant>/<cache key>/<sample>.raw-<run>.json     as one revision of one run received it

A raw answer is what makes a call never paid for twice, whenever the worker dies. It belongs to its revision,
so that an answer that was no good cannot spoil a later try.
"""

import hashlib
from typing import Any
from uuid import UUID

from contracts import Entity
from llm.question import Call, Cost, Tokens
from llm.reply import Reply
from llm.request import Request
from objects import ObjectMissing, ObjectStore


class StoredAnswer(Entity):
    answer: Any
    model: str  # as the provider names it
    call_id: UUID
    tokens: Tokens
    cost: Cost | None
    earlier: tuple[str, ...] = ()  # what the model said before and was asked again about


class Answers:
    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def find(self, request: Request) -> StoredAnswer | None:
        try:
            return StoredAnswer.read(await self._store.get(f"{_start(request)}.json"))
        except ObjectMissing:
            return None

    async def keep(self, request: Request, answer: StoredAnswer) -> StoredAnswer:
        """The first one stays: whoever comes second gets it back."""
        key = f"{_start(request)}.json"
        if await self._store.put(key, answer.canonical()):
            return answer
        return StoredAnswer.read(await self._store.get(key))

    async def raw(self, request: Request) -> list[Reply]:
        keys = await self._store.list(f"{_start(request)}.raw-")
        return [Reply.read(await self._store.get(key)) for key in keys]

    async def received(self, request: Request, call: Call) -> Reply | None:
        """What this revision of the run was answered."""
        try:
            return Reply.read(await self._store.get(_raw_key(request, call)))
        except ObjectMissing:
            return None

    async def keep_raw(self, request: Request, reply: Reply) -> Reply:
        """Two workers of one revision that ask the same go on with the same answer."""
        key = _raw_key(request, reply.call)
        if await self._store.put(key, reply.canonical()):
            return reply
        return Reply.read(await self._store.get(key))


def answer_key(request: Request) -> str:
    return f"{_start(request)}.json"


def _start(request: Request) -> str:
    return f"answers/{request.tenant}/{request.cache_key}/{request.sample}"


def _raw_key(request: Request, call: Call) -> str:
    return f"{_start(request)}.raw-{_revision(call)}.json"


def _revision(call: Call) -> str:
    return hashlib.sha256(f"{call.run_id}/{call.revision}".encode()).hexdigest()[:16]
