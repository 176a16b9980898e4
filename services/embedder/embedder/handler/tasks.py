"""Work that the embedder hands to itself."""

from typing import ClassVar

from pydantic import Field

from contracts import Reference, Task
from contracts.deals import ItemKind
from embedder.domain import shard_id

STANDING = "standing"  # the run of work that belongs to no run; it never closes
MAX_TEXTS = 256


class EmbedTexts(Task):
    """Make vectors of newly published texts, so that they are there before a run asks."""

    topic: ClassVar[str] = "embedder.embed_texts"

    run_id: str = STANDING
    model: str
    kind: ItemKind = "deal"
    texts: tuple[str, ...] = Field(max_length=MAX_TEXTS, description="Their sha256, sorted.")

    @property
    def entity(self) -> str:
        return self.texts[0]


class EmbedShard(Task):
    """Make the vectors of one shard of a run's input."""

    topic: ClassVar[str] = "embedder.embed_shard"

    bodies: Reference
    kind: ItemKind = "deal"
    model: str
    named: str | None = Field(default=None, description="The model by the name that the run gave it.")

    @property
    def entity(self) -> str:
        return shard_id(self.bodies.sha256, self.model)


class WatchRun(Task):
    """Wait until a run that follows the feed is due for its next revision."""

    topic: ClassVar[str] = "embedder.watch_run"

    run_id: str = STANDING
    followed: str = Field(description="The id of the run.")
    number: int

    @property
    def entity(self) -> str:
        return self.followed
