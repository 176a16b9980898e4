"""The file of each interaction, and the row that points to it."""

import hashlib
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from contracts import Entity, Unavailable
from llm.layout import interaction_files, prompt_file
from llm.paths import PACKED, packed, unpacked
from llm.prompts import Prompt
from llm.question import Call
from objects import ObjectStore

Status = Literal["answered", "bad", "failed"]


class Metadata(Entity):
    run_id: str
    interaction_type: str
    batch_id: int | None
    attempt: int
    model: str
    temperature: float
    timestamp: datetime
    category: str | None
    cache_key: str
    duration_ms: int
    tenant: str
    revision: int
    stage: str
    entity: str
    sample: int
    max_output_tokens: int
    fallback_for: str | None = None
    served_model: str | None = None
    cached: bool = False
    status: Status
    error_code: str | None = None
    error: str | None = None
    finish_reason: str | None = None
    prompt_tokens: int = 0
    cached_prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: Decimal | None = None
    cost_known: bool = True
    prices_of: str | None = None
    saved_usd: Decimal | None = None
    call_id: UUID | None = None
    prompt_file: str
    prompt_version: int
    prompt_sha256: str


class Context(Entity):
    batch_size: int
    expected_ids: tuple[str, ...]
    product_category: str | None
    batch_products: tuple[str, ...]


class Interaction(Entity):
    metadata: Metadata
    context: Context
    prompt: str
    response: str


class Row(Entity):
    """The columns of `llm_interaction_index` that are not made by the database."""

    run_id: str
    interaction_type: str
    batch_id: int | None
    attempt: int
    file_path: str
    prompt_file: str
    cache_key: str
    tenant: str
    revision: int
    stage: str
    entity: str
    sample: int
    model: str
    fallback_for: str | None
    call_id: UUID | None
    sha256: str
    bytes: int
    prompt_tokens: int
    cached_prompt_tokens: int
    completion_tokens: int
    cost_usd: Decimal | None
    cost_known: bool
    saved_usd: Decimal | None
    cached: bool
    status: Status
    error_code: str | None
    duration_ms: int
    started_at: datetime


def row_of(file_path: str, body: bytes) -> Row:
    """The row follows from the file alone, so a lost row can be made again."""
    metadata = Interaction.read(unpacked(file_path, body)).metadata
    shared = metadata.model_dump(include=set(Row.model_fields))
    return Row(
        **shared,
        file_path=file_path,
        sha256=hashlib.sha256(body).hexdigest(),
        bytes=len(body),
        started_at=metadata.timestamp,
    )


class Interactions:
    def __init__(self, store: ObjectStore, *, compressed: bool = False) -> None:
        self._store = store
        self._compressed = compressed
        self._archived: set[str] = set()

    async def archive(self, call: Call, prompt: Prompt) -> str:
        """Keep the prompt file once per run."""
        key = prompt_file(call, prompt.name)
        if key not in self._archived:
            await self._store.put(key, prompt.source.encode(), content_type="text/plain; charset=utf-8")
            self._archived.add(key)
        return key

    async def write(self, call: Call, interaction: Interaction, unique: str) -> Row:
        """Writing the same interaction again finds its own file."""
        said = interaction.model_dump_json(indent=2).encode()
        metadata = interaction.metadata
        for name in interaction_files(call, metadata.timestamp, metadata.attempt, unique):
            key, body = (f"{name}{PACKED}", packed(said)) if self._compressed else (name, said)
            if await self._put(key, body):
                return row_of(key, body)
            # Another library may pack the same words otherwise: the words decide.
            kept = await self._store.get(key)
            if unpacked(key, kept) == said:
                return row_of(key, kept)
        raise Unavailable(f"object store: no name is left for the interaction {unique}")

    async def _put(self, key: str, body: bytes) -> bool:
        kind = "application/gzip" if self._compressed else "application/json"
        return await self._store.put(key, body, content_type=kind)
