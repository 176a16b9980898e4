"""Texts of other stages to vectors, on request."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contracts import Event, InvalidEvent, WorkFailed, loads
from contracts.ranking_data import EmbeddingRequested, TextsEmbedded
from embedder.domain import is_own
from embedder.handler.embedding import Embedding, Models, npy
from encoder import text_sha256
from objects import ObjectStore, get_content, put_content
from runtime import Failure, Transaction

MAX_TEXTS_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class EmbedOnDemand:
    """Whoever asks is always told: of the vectors, or why there are none."""

    embedding: Embedding
    models: Models
    store: ObjectStore

    async def decide(self, request: EmbeddingRequested) -> TextsEmbedded:
        encoding = await self.models.named(request.embedding_model)
        if encoding is None or encoding.model != request.model:
            has = encoding.model if encoding else f"none that is called {request.embedding_model}"
            words = f"vectors of {request.model} are wanted; this embedder makes {has}"
            raise WorkFailed("embedding_model", words)
        texts = await self._texts(request)
        named = [(text_sha256(text), text) for text in texts]
        vectors = await self.embedding.of(encoding, request.tenant, dict(named))
        body = await asyncio.to_thread(npy, [vectors[sha256] for sha256, _ in named])
        kept = await put_content(
            self.store, f"{request.tenant}/vectors", body, count=len(texts), suffix=".npy"
        )
        return _told(request).model_copy(update={"vectors": kept})

    async def give_up(self, request: EmbeddingRequested, failure: Failure) -> TextsEmbedded:
        return _told(request).model_copy(update={"code": failure.code, "words": failure.words})

    async def record(
        self, tx: Transaction, request: EmbeddingRequested, told: TextsEmbedded
    ) -> Sequence[Event]:
        return [told]

    async def _texts(self, request: EmbeddingRequested) -> list[str]:
        named = request.texts
        if not is_own(named.key, request.tenant) or named.bytes > MAX_TEXTS_BYTES:
            words = f"{named.key}: an object of {request.tenant} of at most {MAX_TEXTS_BYTES} bytes is read"
            raise InvalidEvent("texts", words)
        texts = loads(await get_content(self.store, named))
        if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
            raise InvalidEvent("texts", "the list is not a JSON array of texts")
        return texts


def _told(request: EmbeddingRequested) -> TextsEmbedded:
    return TextsEmbedded(
        tenant=request.tenant, run_id=request.run_id, revision=request.revision, texts=request.texts
    )
