"""What a run of ranking data may be told, and the nodes of a graph that it may be made of."""

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, model_validator

from contracts.event import RUN_ID, Entity
from contracts.reference import Reference
from contracts.terms import Text, Texts

MIN_CLUSTERS: Final = 2  # negatives come from elsewhere
DEFAULT_SEED: Final = 7

NodeKind = Literal["platform", "add_on", "event"]
NodeId = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00]+$")]
Share = Annotated[float, Field(ge=0, le=1)]
Split = Literal["train", "dev", "test"]
MadeBy = Literal["model", "fallback", "stub"]


class GraphNode(Entity):
    """A node of a deal graph: a platform, or an add-on or an event that is linked to platforms."""

    node_id: NodeId
    kind: NodeKind
    name: Text
    sectors: Texts = ()
    regions: Texts = ()
    attributes: Texts = Field(default=(), description="Whatever else is known of it, as `name: value`.")
    snippet: str = Field(default="", max_length=4000, description="What it is, in its own words.")
    links: tuple[NodeId, ...] = Field(default=(), description="The platforms that it belongs to.")

    @property
    def item_id(self) -> str:
        return self.node_id


class RankingLlm(Entity):
    """Which model writes the queries. Null: the ranker's own default."""

    model: str | None = Field(default=None, max_length=200)
    temperature: float = Field(default=0.7, ge=0, le=2)
    timeout_seconds: float = Field(default=60, gt=0, le=600)
    fresh: int = Field(
        default=0, ge=0, description="Sample number: 0 uses stored answers, n asks for the n-th new one."
    )
    prompt_version: int | None = Field(default=None, ge=1, description="Null: the newest.")


class QueryRules(Entity):
    """Which queries are kept."""

    top_k: int = Field(
        default=10, ge=1, le=1000, description="A query has to find something of its cluster among so many."
    )
    name_overlap: Share = Field(
        default=0.8, description="A query that holds this share of the words of a name has copied it."
    )
    duplicate_overlap: Share = Field(
        default=0.8, description="Queries that share this much of their words are one (Jaccard index)."
    )
    min_words: int = Field(default=2, ge=1, le=50)
    max_characters: int = Field(default=200, ge=10, le=1000)


class NegativeRules(Entity):
    """What may not stand among the negatives. Each guard is counted."""

    near_duplicate_similarity: Share = Field(
        default=0.97, description="Texts whose vectors are this close are one (cosine)."
    )
    near_duplicate_overlap: Share = Field(
        default=0.9, description="Texts that share this much of their words are one (Jaccard index)."
    )
    attribute_overlap: Share = Field(
        default=0.9,
        description="Who shares this much of the attributes of a positive is none (Jaccard index).",
    )
    margin: Share = Field(
        default=0.05, description="A negative is further from the query than its positives by this share."
    )


class SplitShares(Entity):
    """Of the clusters. Splits share neither a cluster nor a candidate."""

    train: Share = 0.8
    dev: Share = 0.1
    test: Share = 0.1

    @model_validator(mode="after")
    def _all_of_it(self) -> "SplitShares":
        if abs(self.train + self.dev + self.test - 1) > 1e-6:  # noqa: PLR2004 - shares are written by people
            raise ValueError("train, dev and test are shares of the clusters: they add up to 1")
        return self


class RankingSettings(Entity):
    embedding_model: str | None = Field(
        default=None,
        max_length=200,
        description="One that the embedder has; null: its default. A packages run keeps its own.",
    )
    num_clusters: int = Field(
        default=50, ge=MIN_CLUSTERS, le=100_000, description="Fewer there: all of them."
    )
    queries_per_cluster: int = Field(default=3, ge=1, le=10)
    negatives_per_query: int = Field(default=2, ge=0, le=100)
    seed: int = Field(default=DEFAULT_SEED, ge=0, le=2**53)
    dry_run: bool = Field(default=False, description="Stub queries; no model is asked.")
    fallback: bool = Field(
        default=False, description="Where no model answers, queries are made by rule; else the run waits."
    )
    queries: QueryRules = QueryRules()
    negatives: NegativeRules = NegativeRules()
    splits: SplitShares = SplitShares()
    llm: RankingLlm = RankingLlm()


class RankingBrief(Entity):
    """Of which clusters queries are to be made, and how."""

    packages_run: str | None = Field(
        default=None,
        pattern=RUN_ID,
        description="Its packages are the clusters; null: platforms of a graph are.",
    )
    packages_revision: int | None = Field(default=None, ge=1)
    existing: Reference | None = Field(default=None, description="Records to append to, a JSON array.")
    settings: RankingSettings = RankingSettings()
