"""What a packages run may be told. Frozen with the run, so that it can be understood and repeated."""

from typing import Literal

from pydantic import Field, model_validator

from contracts.event import Entity

ClusteringMethod = Literal["graph", "gmm", "kmeans", "agglomerative", "dbscan", "hdbscan"]

# What of an earlier revision of the run is done again although it is done. Packaging brings enrichment along.
Redo = Literal["nothing", "enrichment", "packaging"]

PromptVersion = int | None


class LlmSettings(Entity):
    """Which model answers, and how freely. None: the stage's own default."""

    model: str | None = Field(default=None, max_length=200)
    temperature: float = Field(default=0.5, ge=0, le=2)
    timeout_seconds: float = Field(default=60, gt=0, le=600)
    fresh: int = Field(
        default=0, ge=0, description="Sample number: 0 uses stored answers, n asks for the n-th new one."
    )
    prompt_version: PromptVersion = Field(
        default=None, ge=1, description="Version of the prompt file; null: the newest."
    )


class ClusterSettings(Entity):
    """How deals are grouped. A cluster is named by its members and these."""

    clustering_method: ClusteringMethod = "graph"
    max_deals_per_cluster: int = Field(default=25, ge=1, le=200, description="Always holds.")
    min_cluster_size: int = Field(
        default=5, ge=1, le=200, description="Smaller groups are merged, else their deals are excluded."
    )
    use_soft_assignments: bool = Field(default=True, description="A deal may be in more than one cluster.")
    probability_threshold: float = Field(
        default=0.3,
        gt=0,
        le=1,
        description="A deal joins further clusters where its membership reaches this.",
    )
    max_clusters_per_deal: int = Field(default=3, ge=1, le=10)
    n_components: int | None = Field(
        default=None,
        ge=1,
        le=100_000,
        description="Groups before sizes are bounded; null: the method chooses.",
    )
    neighbours: int = Field(default=15, ge=2, le=100, description="Of each deal in the graph.")
    cell_deals: int = Field(
        default=5000,
        ge=500,
        le=50_000,
        description="More deals are clustered by cells of at most so many, which all clusterers share.",
    )
    seed: int = Field(default=7, ge=0)

    @model_validator(mode="after")
    def _sizes_agree(self) -> "ClusterSettings":
        if self.min_cluster_size > self.max_deals_per_cluster:
            raise ValueError("min_cluster_size must not exceed max_deals_per_cluster")
        return self


class PackingSettings(Entity):
    """What a package must be. A proposal that breaks a rule is repaired, else made to fit, else left out."""

    min_deals: int = Field(default=3, ge=1, le=200, description="A package holds at least this many deals.")
    max_safety_spread: int = Field(
        default=1,
        ge=0,
        le=4,
        description="Steps from the best to the worst rating: low, medium, high, unknown, floor.",
    )
    max_quality_spread: int = Field(
        default=1, ge=0, le=2, description="Steps from the best to the worst tier: Premium, Mid-tier, RON."
    )
    max_floor_spread: float | None = Field(
        default=10, ge=1, description="The highest floor over the lowest, in one currency; null: any."
    )
    common_seats: bool = Field(default=True, description="Some buyer seat may buy all its deals.")
    common_countries: bool = Field(default=True, description="All its deals sell in some country.")
    common_dates: bool = Field(default=True, description="All its deals run on some day.")
    mix_media_types: bool = Field(
        default=False, description="A package may hold deals that have no media type in common."
    )
    near_duplicate_share: float = Field(
        default=0.8,
        gt=0,
        le=1,
        description="Packages of one cluster that share this much of their deals are one (Jaccard index).",
    )
    llm: LlmSettings = LlmSettings()


class EnrichmentSettings(Entity):
    currency: str = Field(
        default="USD", pattern=r"^[A-Z]{3}$", description="Floors of all currencies are told in this one."
    )
    llm: LlmSettings = LlmSettings()


class PackageSettings(Entity):
    embedding_model: str | None = Field(
        default=None, max_length=200, description="One that the embedder has; null: its default."
    )
    clusters: ClusterSettings = ClusterSettings()
    packing: PackingSettings = PackingSettings()
    enrichment: EnrichmentSettings = EnrichmentSettings()
