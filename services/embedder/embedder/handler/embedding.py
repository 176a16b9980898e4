"""Texts to vectors, each computed once."""

import asyncio
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from contracts import Event, Reference, Unavailable, WorkFailed
from contracts.deals import ItemKind
from embedder.domain import chunks
from embedder.handler.kinds import TEXTS
from embedder.handler.tasks import EmbedShard, EmbedTexts
from encoder import text_sha256
from objects import ObjectStore, get_content, put_content
from runtime import Transaction

TEXTS_AT_ONCE = 256  # what other work waits for at most: one encoder serves all

Texts = Mapping[str, str]  # by sha256


class Encoding(Protocol):
    """The encoder, off the event loop and one call at a time."""

    @property
    def model(self) -> str: ...

    async def encode(self, texts: list[str]) -> NDArray[np.float32]: ...


class Models(Protocol):
    """The encoders that this embedder has; all but the default are loaded when they are first asked for."""

    @property
    def default(self) -> Encoding: ...

    @property
    def names(self) -> Sequence[str]: ...

    async def named(self, name: str | None) -> Encoding | None:
        """None as a name: the default. Nothing: this embedder has no such model."""
        ...


class Vectors(Protocol):
    """Vectors by text; of two that are added for one text the first stays."""

    async def find(self, tenant: str, model: str, texts: list[str]) -> dict[str, bytes]: ...

    async def add(self, tenant: str, model: str, vectors: Mapping[str, bytes]) -> set[str]:
        """Returns the texts whose vector stayed, being the first."""
        ...


class Shards(Protocol):
    async def add_vectors(self, tx: Transaction, shard_id: str, vectors: Reference) -> None:
        """Say which vectors the run's shard has."""
        ...


class Published(Protocol):
    async def bodies_by_text(self, tenant: str, texts: Sequence[str]) -> list[bytes]:
        """Canonical bodies of offered items with these texts (sha256)."""
        ...


@dataclass(frozen=True, slots=True)
class Embedding:
    vectors: Vectors
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    unsaved: dict[tuple[str, str, str], bytes] = field(default_factory=dict)  # made, and on their way

    async def of(self, encoding: Encoding, tenant: str, texts: Texts) -> dict[str, bytes]:
        """A vector for each text, computed only where there is none yet."""
        known = await self.vectors.find(tenant, encoding.model, sorted(texts))
        # By length over all of them: texts of like length pad little, however many go at once.
        missing = sorted(texts.keys() - known.keys(), key=lambda sha256: (len(texts[sha256]), sha256))
        room = asyncio.Semaphore(2)  # while some are saved the next are encoded

        async def fill(some: Sequence[str]) -> dict[str, bytes]:
            async with room:
                return await self._fill(encoding, tenant, {sha256: texts[sha256] for sha256 in some})

        for filled in await asyncio.gather(*map(fill, chunks(missing, TEXTS_AT_ONCE))):
            known |= filled
        return known

    async def _fill(self, encoding: Encoding, tenant: str, texts: Texts) -> dict[str, bytes]:
        # One at a time, and each looks again: whoever was before may have made the same vectors.
        async with self.turn:
            there = await self.vectors.find(tenant, encoding.model, sorted(texts))
            names = {sha256: (tenant, encoding.model, sha256) for sha256 in texts if sha256 not in there}
            made = {sha256: self.unsaved[name] for sha256, name in names.items() if name in self.unsaved}
            missing = {sha256: texts[sha256] for sha256 in names if sha256 not in made}
            made |= await _encoded(encoding, missing) if missing else {}
            self.unsaved.update({names[sha256]: vector for sha256, vector in made.items()})
        with forgotten(self.unsaved, names.values()):
            return there | await self._saved(encoding.model, tenant, made)

    async def _saved(self, model: str, tenant: str, made: Mapping[str, bytes]) -> dict[str, bytes]:
        """The vectors that count: where another worker was first, its own."""
        stayed = await self.vectors.add(tenant, model, made) if made else set()
        late = sorted(made.keys() - stayed)
        return {**made, **(await self.vectors.find(tenant, model, late) if late else {})}


@contextmanager
def forgotten(
    unsaved: dict[tuple[str, str, str], bytes], named: Iterable[tuple[str, str, str]]
) -> Iterator[None]:
    """They are saved by the end, or nobody may count on them any more."""
    try:
        yield
    finally:
        for name in named:
            unsaved.pop(name, None)


async def _encoded(encoding: Encoding, texts: Texts) -> dict[str, bytes]:
    rows = await encoding.encode(list(texts.values()))
    return {sha256: row.astype("<f4").tobytes() for sha256, row in zip(texts, rows, strict=True)}


@dataclass(frozen=True, slots=True)
class ShardEmbedding:
    """Brings a shard's vectors into one file, in the order of its bodies."""

    embedding: Embedding
    models: Models
    shards: Shards
    store: ObjectStore

    async def decide(self, task: EmbedShard) -> Reference:
        encoding = await self.models.named(task.named)
        if encoding is None or encoding.model != task.model:
            has = encoding.model if encoding else f"none that is called {task.named}"
            raise Unavailable(f"the shard wants vectors of {task.model}; this worker makes {has}")
        bodies = (await get_content(self.store, task.bodies)).splitlines()
        texts = await asyncio.to_thread(texts_of, bodies, TEXTS[task.kind])
        vectors = await self.embedding.of(encoding, task.tenant, dict(texts))
        body = npy(vectors[sha256] for sha256, _ in texts)
        return await put_content(self.store, f"{task.tenant}/vectors", body, count=len(texts), suffix=".npy")

    async def record(self, tx: Transaction, task: EmbedShard, vectors: Reference) -> Sequence[Event]:
        await self.shards.add_vectors(tx, task.entity, vectors)
        return []


@dataclass(frozen=True, slots=True)
class TextEmbedding:
    """Makes vectors of what was published, before a run asks for them."""

    embedding: Embedding
    models: Models
    published: Mapping[ItemKind, Published]

    async def decide(self, task: EmbedTexts) -> None:
        encoding = self.models.default
        if task.model != encoding.model:
            return  # of another time; whoever needs the vectors makes them
        bodies = await self.published[task.kind].bodies_by_text(task.tenant, task.texts)
        texts = await asyncio.to_thread(texts_of, bodies, TEXTS[task.kind])
        await self.embedding.of(encoding, task.tenant, dict(texts))

    async def record(self, tx: Transaction, task: EmbedTexts, decision: None) -> Sequence[Event]:
        return []


async def wanted(models: Models, name: str | None) -> Encoding:
    """The model that a run names; a run that names one we do not have is refused."""
    encoding = await models.named(name)
    if encoding is None:
        there = ", ".join(models.names)
        raise WorkFailed("embedding_model", f"this embedder has no model {name!r}; it has {there}")
    return encoding


def texts_of(bodies: Iterable[bytes], text: Callable[[bytes], str]) -> list[tuple[str, str]]:
    """Text and its sha256 of each item; the items themselves are let go one by one."""
    texts = [text(body) for body in bodies]
    return [(text_sha256(one), one) for one in texts]


def npy(rows: Iterable[bytes]) -> bytes:
    """A float32 matrix in numpy's own format."""
    matrix = np.stack([np.frombuffer(row, "<f4") for row in rows])
    file = io.BytesIO()
    np.save(file, matrix, allow_pickle=False)
    return file.getvalue()
