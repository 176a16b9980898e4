"""What is asked and told of ranking data."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from api.kinds.kind import MAX_IDS
from api.kinds.shapes import EXAMPLE_COST, EXAMPLE_RUN, Ask, RunListed, RunStatus, Shape, Status
from contracts.errors import InvalidEvent
from contracts.event import MAX_NUMBER, RUN_ID
from contracts.ranking import GraphNode, MadeBy, RankingSettings, Split
from contracts.ranking_report import RankingReport
from contracts.runs import Counts
from ranking.graph.linking import Placed, linked
from ranking.record import Grade, Reason
from ranking.shape import RecordShape

EXAMPLE_SOURCE = "RUN_20250617T090000Z_51c0ee27"
EXAMPLE_COUNTS: dict[str, Any] = {
    "placed": 96,
    "failed": 0,
    "excluded": 14,
    "queries": 58,
    "positives": 410,
    "negatives": 116,
}
EXAMPLE_LISTED: dict[str, Any] = {
    "run_id": EXAMPLE_RUN,
    "revision": 1,
    "status": "completed",
    "requested_at": "2025-06-18T12:03:01Z",
    "finished_at": "2025-06-18T12:04:14Z",
    "counts": EXAMPLE_COUNTS,
    "cost": EXAMPLE_COST,
    "words": "",
    "total_candidates": 110,
}
EXAMPLE_STATUS: dict[str, Any] = {
    **EXAMPLE_LISTED,
    "status": "running",
    "finished_at": None,
    "state": "active",
    "phase": "writing",
    "progress_percent": 40.0,
    "estimated_completion": "2025-06-18T12:04:10Z",
    "steps": 21,
    "steps_done": 8,
    "budget_usd": 0.5,
    "total_clusters": 20,
    "processed_clusters": 8,
}
EXAMPLE_RECORD: dict[str, Any] = {
    "number": 0,
    "query": "video deals for sports fans",
    "candidate_id": "bidswitch.com/3001",
    "cluster_id": "22222222-2222-5222-8222-222222222222",
    "label": 1,
    "grade": 3,
    "reason": "same_package",
    "split": "train",
    "made_by": "model",
}
EXAMPLE_CLUSTER: dict[str, Any] = {
    "cluster_id": EXAMPLE_RECORD["cluster_id"],
    "made_by": "model",
    "queries": [
        {"query": EXAMPLE_RECORD["query"], "kept": True},
        {"query": "sports", "kept": False},
    ],
    "code": "",
    "words": "",
}
EXAMPLE_REPORT: dict[str, Any] = {
    "seed": 7,
    "source": f"packages {EXAMPLE_SOURCE}",
    "model": "sentence-transformers/all-MiniLM-L6-v2",
    "settings": {"num_clusters": 20, "queries_per_cluster": 3, "negatives_per_query": 2, "seed": 7},
    "versions": ["llm: gemini-2.0-flash", "prompt: write_queries.v1", "rules: 1"],
    "clusters": 42,
    "drawn": [EXAMPLE_RECORD["cluster_id"]],
    "records": 526,
    "positives": 410,
    "negatives": 116,
    "proof": {"queries": 58, "negatives": 116, "pairs": 820, "nearest": 0.71},
}


def _linked(nodes: Sequence[GraphNode]) -> tuple[GraphNode, ...]:
    """Sorted by id, so that the order in which they are sent means nothing."""
    try:
        return linked((Placed(node, f"node {number}") for number, node in enumerate(nodes, 1)), "graph")
    except InvalidEvent as error:
        raise ValueError(error.words) from error


class StartRankingData(Ask):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"packages_run": EXAMPLE_SOURCE, "settings": {"num_clusters": 20}, "budget_usd": 0.5}
            ]
        }
    )

    packages_run: str | None = Field(
        default=None,
        pattern=RUN_ID,
        description="Each of its packages is a cluster. Null, and no graph: of the last run that is over.",
    )
    packages_revision: int | None = Field(
        default=None, ge=1, le=MAX_NUMBER, description="Null: its last one that is over."
    )
    graph: Annotated[tuple[GraphNode, ...], AfterValidator(_linked)] | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_IDS,
        description="Nodes of a graph of deals, instead of packages: each platform is a cluster.",
    )
    existing: tuple[RecordShape, ...] | None = Field(
        default=None,
        max_length=MAX_IDS,
        description="Records to append to, as a download has them. Their clusters are not asked about again.",
    )
    existing_run: str | None = Field(
        default=None, pattern=RUN_ID, description="An earlier run, to append to the records that it has."
    )
    settings: RankingSettings = RankingSettings()
    wait_seconds: float = Field(
        default=0, ge=0, le=3600, description="For packages that are not there yet; then the run is refused."
    )
    budget_usd: float | None = Field(
        default=None, ge=0, le=1e9, description="What writing queries may cost; null: no limit."
    )

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if self.packages_run is not None and self.graph is not None:
            raise ValueError("name one source: packages_run or graph")
        if self.packages_revision is not None and self.packages_run is None:
            raise ValueError("packages_revision belongs to packages_run: name the run too")
        if self.existing is not None and self.existing_run is not None:
            raise ValueError("records to append to come from one place: existing or existing_run")
        return self


class RankingDataStarted(Shape):
    run_id: str
    status: Literal["started"] = "started"
    total_candidates: int | None = Field(description="Nodes of the graph; null: all deals of the packages.")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"run_id": EXAMPLE_RUN, "status": "started", "total_candidates": None}]
        }
    )


class RankingDataStatus(RunStatus):
    total_candidates: int | None
    total_clusters: int = Field(description="That queries are asked for; 0: none are drawn yet.")
    processed_clusters: int

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_STATUS]})


class RankingDataListed(RunListed):
    total_candidates: int | None


class RankingDataRuns(Shape):
    runs: list[RankingDataListed]
    next_cursor: str | None

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"runs": [EXAMPLE_LISTED], "next_cursor": None}]}
    )


class WrittenQuery(Shape):
    query: str
    kept: bool = Field(description="It stands in the records.")


class ClusterQueries(Shape):
    """A cluster that queries were asked for."""

    cluster_id: str
    made_by: MadeBy | None = Field(description="Null: it has no queries.")
    queries: list[WrittenQuery] = Field(description="All that were written, in their order.")
    code: str = Field(description="Why it has no queries; empty: it has some.")
    words: str


class RankingDataResults(Shape):
    run_id: str
    revision: int
    status: Status
    counts: Counts = Field(description="What became of the candidates, and what was made.")
    report: RankingReport | None = Field(
        description="What was counted and proven. On the first page; null on others, or if nothing was made."
    )
    clusters: list[ClusterQueries] = Field(description="One page, by id.")
    next_cursor: str | None

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "run_id": EXAMPLE_RUN,
                    "revision": 1,
                    "status": "completed",
                    "counts": EXAMPLE_COUNTS,
                    "report": EXAMPLE_REPORT,
                    "clusters": [EXAMPLE_CLUSTER],
                    "next_cursor": None,
                }
            ]
        }
    )


class RankingRecord(Shape):
    """A query and a candidate."""

    number: int = Field(description="Its place in the dataset, from 0.")
    query: str
    candidate_id: str
    cluster_id: str = Field(description="That the query is about.")
    label: Literal[0, 1] = Field(description="1: grade 2 or 3.")
    grade: Grade
    reason: Reason = Field(description="What the two have in common.")
    split: Split
    made_by: MadeBy


class RankingRecords(Shape):
    run_id: str
    revision: int
    records: list[RankingRecord] = Field(description="One page, in the order of the dataset.")
    next_cursor: str | None

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"run_id": EXAMPLE_RUN, "revision": 1, "records": [EXAMPLE_RECORD], "next_cursor": None}
            ]
        }
    )
