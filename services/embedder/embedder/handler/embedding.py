"""Texts to vectors, each computed once."""

import asyncio
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from contracts import Event, Reference, Unavailable, WorkFailed
from contracts.deal import Deal
from embedder.domain import chunks
from embedder.handler.tasks import EmbedShard, EmbedTexts
from encoder import text_of, text_sha256
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
        """Canonical bodies of offered deals with these texts (sha256)."""
        ...


@dataclass(frozen=True, slots=True)
class Embedding:
    vectors: Vectors
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(self, encoding: Encoding, tenant: str, texts: Texts) -> dict[str, bytes]:
        """A vector for each text, computed only where there is none yet."""
        known = await self.vectors.find(tenant, encoding.model, sorted(texts))
        # By length over all of them: texts of like length pad little, however many go at once.
        missing = sorted(texts.keys() - known.keys(), key=lambda sha256: (len(texts[sha256]), sha256))
        for some in chunks(missing, TEXTS_AT_ONCE):
            known |= await self._fill(encoding, tenant, {sha256: texts[sha256] for sha256 in some})
        return known

    async def _fill(self, encoding: Encoding, tenant: str, texts: Texts) -> dict[str, bytes]:
        # One at a time, and each looks again: whoever was before may have made the same vectors.
        async with self.turn:
            there = await self.vectors.find(tenant, encoding.model, sorted(texts))
            missing = {sha256: text for sha256, text in texts.items() if sha256 not in there}
            return there | await self._compute(encoding, tenant, missing) if missing else there

    async def _compute(self, encoding: Encoding, tenant: str, texts: Texts) -> dict[str, bytes]:
        rows = await encoding.encode(list(texts.values()))
        made = {sha256: row.astype("<f4").tobytes() for sha256, row in zip(texts, rows, strict=True)}
        stayed = await self.vectors.add(tenant, encoding.model, made)
        late = sorted(made.keys() - stayed)  # another worker was first: its vectors count
        return made | await self.vectors.find(tenant, encoding.model, late) if late else made


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
        texts = await asyncio.to_thread(texts_of, bodies)
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
    published: Published

    async def decide(self, task: EmbedTexts) -> None:
        encoding = self.models.default
        if task.model != encoding.model:
            return  # of another time; whoever needs the vectors makes them
        bodies = await self.published.bodies_by_text(task.tenant, task.texts)
        await self.embedding.of(encoding, task.tenant, dict(await asyncio.to_thread(texts_of, bodies)))

    async def record(self, tx: Transaction, task: EmbedTexts, decision: None) -> Sequence[Event]:
        return []


async def wanted(models: Models, name: str | None) -> Encoding:
    """The model that a run names; a run that names one we do not have is refused."""
    encoding = await models.named(name)
    if encoding is None:
        there = ", ".join(models.names)
        raise WorkFailed("embedding_model", f"this embedder has no model {name!r}; it has {there}")
    return encoding


def texts_of(bodies: Iterable[bytes]) -> list[tuple[str, str]]:
    """Text and its sha256 of each deal; the deals themselves are let go one by one."""
    texts = [text_of(Deal.read(body)) for body in bodies]
    return [(text_sha256(text), text) for text in texts]


def npy(rows: Iterable[bytes]) -> bytes:
    """A float32 matrix in numpy's own format."""
    matrix = np.stack([np.frombuffer(row, "<f4") for row in rows])
    file = io.BytesIO()
    np.save(file, matrix, allow_pickle=False)
    return file.getvalue()
