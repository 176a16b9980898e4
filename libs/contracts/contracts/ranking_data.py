"""Ranking data: asked for, embedded, generated."""

from typing import ClassVar

from pydantic import Field, model_validator

from contracts.event import RUN_ID, Entity, RunEvent
from contracts.ranking import RankingSettings
from contracts.reference import Reference
from contracts.unplaced import Unplaced


class RankingDataRequested(RunEvent):
    """Make labelled queries, of the packages of a finished run or of a graph of deals.

    Neither is named: of the run of packages that was finished last.
    """

    topic: ClassVar[str] = "ranking_data.requested.v1"

    packages_run: str | None = Field(
        default=None, pattern=RUN_ID, description="A finished run of packages: each package is a cluster."
    )
    packages_revision: int | None = Field(default=None, ge=1, description="Null: its last finished one.")
    graph: Reference | None = Field(
        default=None, description="Nodes as JSON lines: each platform is a cluster."
    )
    existing: Reference | None = Field(
        default=None,
        description="Records to append to, a JSON array; their clusters are not asked about again.",
    )
    settings: RankingSettings = RankingSettings()
    wait_seconds: float = Field(
        default=0, ge=0, le=3600, description="How long to wait for a packages run that is not over yet."
    )
    budget_usd: float | None = Field(
        default=None, ge=0, description="What the run may spend; null: no limit."
    )
    by: str = Field(default="", max_length=200, description="Who asked.")

    @model_validator(mode="after")
    def _one_source(self) -> "RankingDataRequested":
        if self.packages_run is not None and self.graph is not None:
            raise ValueError("name one source: packages_run or graph")
        if self.packages_revision is not None and self.packages_run is None:
            raise ValueError("packages_revision belongs to packages_run")
        return self


class EmbeddingRequested(RunEvent):
    """Make vectors of these texts."""

    topic: ClassVar[str] = "embedding.requested.v1"

    texts: Reference = Field(description="A JSON array of texts.")
    embedding_model: str | None = Field(
        default=None, max_length=200, description="By the name that the embedder gives it; null: its default."
    )
    model: str = Field(description="The encoder that has to make them, as a snapshot names it.")

    @property
    def entity(self) -> str:
        return self.texts.sha256


class TextsEmbedded(RunEvent):
    """Vectors of texts, or why there are none."""

    topic: ClassVar[str] = "texts.embedded.v1"

    texts: Reference
    vectors: Reference | None = Field(default=None, description=".npy, float32, a row for each text.")
    code: str = ""
    words: str = ""

    @property
    def entity(self) -> str:
        return self.texts.sha256


class RankingDataGenerated(RunEvent):
    """Labelled queries are there."""

    topic: ClassVar[str] = "ranking_data.generated.v1"

    dataset: Reference = Field(description="Records, a JSON array.")
    report: Reference = Field(description="How they were made, what was counted and proven.")
    queries: int = Field(ge=0)
    positives: int = Field(ge=0)
    negatives: int = Field(ge=0)


class FailedQueries(Entity):
    """A cluster that has no queries because writing them failed."""

    cluster_id: str
    code: str
    words: str = ""


class RankingOutcome(Entity):
    """What became of every candidate. It is stored; `run.finished` carries the reference."""

    snapshot: Reference
    dataset: Reference | None = None
    report: Reference | None = None
    placed: tuple[str, ...] = ()
    failed: tuple[Unplaced, ...] = ()
    excluded: tuple[Unplaced, ...] = ()
    failed_clusters: tuple[FailedQueries, ...] = ()
