"""Runs: how they end and how people steer them."""

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from contracts.deals import Following
from contracts.event import MAX_NUMBER, Entity, Event, RunEvent
from contracts.quality import Quality
from contracts.reference import Reference
from contracts.settings import Redo

RunKind = Literal["packages", "segmentation", "bundles", "ranking_data"]
RunStatus = Literal["completed", "completed_with_failures", "failed", "cancelled", "refused"]
Command = Literal["cancel", "pause", "resume", "retry", "raise_budget", "follow", "unfollow", "backfill"]


class Counts(Entity):
    """Each input item is in exactly one of the first three."""

    placed: int = Field(default=0, ge=0)
    failed: int = Field(default=0, ge=0)
    excluded: int = Field(default=0, ge=0)
    clusters: int = Field(default=0, ge=0)
    failed_clusters: int = Field(default=0, ge=0)
    packages: int = Field(default=0, ge=0)
    excluded_packages: int = Field(default=0, ge=0)
    failed_packages: int = Field(default=0, ge=0)
    segments: int = Field(default=0, ge=0)
    out_of_scope: int = Field(default=0, ge=0, description="Placed in the segment of what is out of scope.")
    bundles: int = Field(default=0, ge=0)
    queries: int = Field(default=0, ge=0)
    positives: int = Field(default=0, ge=0)
    negatives: int = Field(default=0, ge=0)


class Cost(Entity):
    """What the run's calls cost. `usd` leaves out what `unpriced_calls` cost: nobody knows it."""

    usd: float = 0
    calls: int = Field(default=0, ge=0)
    stored_answers: int = Field(default=0, ge=0)
    unpriced_calls: int = Field(default=0, ge=0)


class RunFinished(RunEvent):
    """A revision of a run is over; it happens once per revision."""

    topic: ClassVar[str] = "run.finished.v1"

    kind: RunKind
    status: RunStatus
    counts: Counts = Counts()
    outcome: Reference | None = Field(
        default=None, description="Null where nothing can be accounted for: refused, or the manifest is lost."
    )
    cost: Cost = Cost()
    quality: Quality | None = Field(default=None, description="Null where there is nothing to measure.")
    words: str = ""
    unknown: Reference | None = Field(
        default=None, description="Refused: the ids that nobody has published, a JSON array."
    )


class RunCommanded(RunEvent):
    """Somebody steers a run. For `retry`, `revision` is the new one, one above the last.

    `follow` lets the run revise itself when its deals change, `unfollow` ends that; `backfill` has excluded
    packages described without a model.
    """

    topic: ClassVar[str] = "run.commanded.v1"

    command: Command
    number: int = Field(
        default=0, ge=0, le=MAX_NUMBER, description="Tells apart commands that are otherwise equal."
    )
    budget_usd: float | None = Field(default=None, ge=0)
    redo: Redo = Field(default="nothing", description="For `retry`: what is done again although it is done.")
    fresh: bool = Field(default=False, description="For `retry`: with new answers instead of stored ones.")
    follow: Following | None = None
    by: str = Field(default="", max_length=200, description="Who asked.")

    @model_validator(mode="after")
    def _fields_belong_to_the_command(self) -> "RunCommanded":
        if (self.command == "raise_budget") != (self.budget_usd is not None):
            raise ValueError("budget_usd belongs to raise_budget, and to it alone")
        if (self.command == "follow") != (self.follow is not None):
            raise ValueError("follow says when to revise: it belongs to the command follow, and to it alone")
        if self.command != "retry" and (self.redo != "nothing" or self.fresh):
            raise ValueError("redo and fresh belong to retry")
        if self.fresh and self.redo == "nothing":
            raise ValueError("fresh answers: say with redo of what, packaging or enrichment")
        return self


class EventBuried(Event):
    """A dead letter: it can never be processed as it is."""

    topic: ClassVar[str] = "event.buried.v1"

    letter_id: str
    stage: str
    code: str
    words: str
    place: str = Field(description="topic[partition]@offset, or the inbox.")
    record_key: str | None = None
    headers: tuple[tuple[str, str], ...] = Field(default=(), description="Name and base64 of the value.")
    value: str | None = Field(
        default=None, description="Original bytes in base64; null where too large or absent."
    )
    sha256: str | None = None
    bytes: int | None = Field(default=None, ge=0, description="Null: there was no value.")

    @property
    def entity(self) -> str:
        return self.letter_id


class LetterCommanded(Event):
    """An operator decides on a dead letter of a stage."""

    topic: ClassVar[str] = "letter.commanded.v1"

    stage: str
    letter_id: str
    command: Literal["replay", "drop"]
    number: int = Field(
        default=0, ge=0, le=MAX_NUMBER, description="Tells apart commands that are otherwise equal."
    )
    by: str = Field(default="", max_length=200)

    @property
    def entity(self) -> str:
        return self.letter_id
