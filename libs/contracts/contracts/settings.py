"""What a packages run may be told. Frozen with the run, so that it can be understood and repeated."""

from typing import Literal

from pydantic import Field, model_validator

from contracts.event import Entity


class LlmSettings(Entity):
    """Which model answers, and how freely. None: the stage's own default."""

    model: str | None = Field(default=None, max_length=200)
    temperature: float = Field(default=0.5, ge=0, le=2)
    timeout_seconds: float = Field(default=60, gt=0, le=600)
    fresh: int = Field(
        default=0, ge=0, description="Sample number: 0 uses stored answers, n asks for the n-th new one."
    )


class ClusterSettings(Entity):
    method: Literal["kmeans"] = "kmeans"
    max_deals_per_cluster: int = Field(default=25, ge=1, le=200)
    min_cluster_size: int = Field(default=5, ge=1, le=200)
    seed: int = Field(default=7, ge=0)

    @model_validator(mode="after")
    def _sizes_agree(self) -> "ClusterSettings":
        if self.min_cluster_size > self.max_deals_per_cluster:
            raise ValueError("min_cluster_size must not exceed max_deals_per_cluster")
        return self


class PackingSettings(Entity):
    min_deals: int = Field(default=3, ge=1, le=200, description="A package holds at least this many deals.")
    llm: LlmSettings = LlmSettings()


class EnrichmentSettings(Entity):
    llm: LlmSettings = LlmSettings()


class PackageSettings(Entity):
    clusters: ClusterSettings = ClusterSettings()
    packing: PackingSettings = PackingSettings()
    enrichment: EnrichmentSettings = EnrichmentSettings()
