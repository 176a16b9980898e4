"""Segmentations: products, put into the segments of a taxonomy."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from asyncpg import Record
from pydantic import BaseModel, ConfigDict, Field

from api.kinds.kind import (
    MAX_IDS,
    Asked,
    Progress,
    Seen,
    list_or_inline,
    listed_fields,
    status_fields,
)
from api.kinds.products import ProductIds, refuse_unpublished
from api.kinds.shapes import (
    EXAMPLE_COST,
    EXAMPLE_COUNTS,
    EXAMPLE_RUN,
    Ask,
    RunListed,
    RunStatus,
    Shape,
    Status,
)
from api.paging import NUMBERED, cursor_of, page, place_of
from api.runs import Run
from contracts.products import SegmentationRequested
from contracts.runs import RunKind
from contracts.segmentation import SegmentationSettings
from objects import ObjectStore
from runtime.work import Database

PROGRESS = """
select total_products, processed_products, phase, steps, steps_done, created_at
from segmentation_runs_v1 where (tenant, run_id, revision) = ($1, $2, $3)
"""

TAXONOMIES = """
select id, kind, category_name, definition, product_count from product_taxonomies_v1
where (tenant, run_id, revision) = ($1, $2, $3) order by product_count desc, category_name, id
"""

SEGMENTS = """
select product_id, upstream_id, is_number, taxonomy_id, confidence, moved from segmentation_results_v1
where (tenant, run_id, revision) = ($1, $2, $3) and product_id > $4 order by product_id limit $5
"""

EXAMPLE: dict[str, Any] = {
    "product_ids": [123, 456, "SKU-789"],
    "category": "Dimmer Switches",
    "model": "gpt-4o",
    "temperature": 0.2,
}
EXAMPLE_LISTED: dict[str, Any] = {
    "run_id": EXAMPLE_RUN,
    "revision": 1,
    "status": "completed",
    "requested_at": "2025-06-18T12:03:01Z",
    "finished_at": "2025-06-18T12:15:00Z",
    "counts": EXAMPLE_COUNTS,
    "cost": EXAMPLE_COST,
    "words": "",
    "total_products": 100,
}
EXAMPLE_STATUS: dict[str, Any] = {
    **EXAMPLE_LISTED,
    "status": "running",
    "finished_at": None,
    "state": "active",
    "phase": "segmentation",
    "progress_percent": 45.0,
    "estimated_completion": "2025-06-18T12:15:00Z",
    "steps": 3,
    "steps_done": 1,
    "budget_usd": None,
    "processed_products": 45,
}


class StartSegmentation(Ask):
    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    product_ids: ProductIds = Field(min_length=1, max_length=MAX_IDS, description="As the catalog has them.")
    category: str = Field(min_length=1, max_length=200, description="What the products are.")
    model: str | None = Field(default=None, min_length=1, max_length=200, description="Null: the default.")
    temperature: float | None = Field(default=None, ge=0, le=2, description="Null: the default.")
    settings: SegmentationSettings = Field(
        default=SegmentationSettings(), description="`model` and `temperature` above win."
    )
    budget_usd: float | None = Field(default=None, ge=0, le=1e9, description="Null: no limit.")


class SegmentationStarted(Shape):
    run_id: str
    status: Literal["started"] = "started"
    total_products: int

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"run_id": EXAMPLE_RUN, "status": "started", "total_products": 3}]}
    )


class SegmentationStatus(RunStatus):
    total_products: int
    processed_products: int

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_STATUS]})


class SegmentationListed(RunListed):
    total_products: int | None


class SegmentationRuns(Shape):
    runs: list[SegmentationListed]
    next_cursor: str | None

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"runs": [EXAMPLE_LISTED], "next_cursor": None}]}
    )


class Taxonomy(Shape):
    id: int
    category_name: str
    definition: str
    product_count: int
    kind: Literal["category", "out_of_scope"]


class Assignment(Shape):
    product_id: int | str = Field(description="A number if it was published as one.")
    taxonomy_id: int
    confidence: float | None
    moved: bool = Field(description="Refinement put it here.")


EXAMPLE_RESULTS: dict[str, Any] = {
    "run_id": EXAMPLE_RUN,
    "revision": 1,
    "status": "completed",
    "taxonomies": [
        {
            "id": 1,
            "category_name": "Smart Dimmer Switches",
            "definition": "WiFi-enabled dimmer switches",
            "product_count": 25,
            "kind": "category",
        }
    ],
    "segments": [{"product_id": 123, "taxonomy_id": 1, "confidence": 0.95, "moved": False}],
    "next_cursor": None,
}


class SegmentationResults(Shape):
    run_id: str
    revision: int
    status: Status
    taxonomies: list[Taxonomy] = Field(description="All of them, on every page.")
    segments: list[Assignment] = Field(description="One page.")
    next_cursor: str | None

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_RESULTS]})


class Segmentation:
    name: ClassVar[RunKind] = "segmentation"
    things: ClassVar[str] = "products"
    stages: ClassVar[Sequence[str]] = ("embedder", "segmenter")
    start_model: ClassVar[type[BaseModel]] = StartSegmentation
    started_model: ClassVar[type[BaseModel]] = SegmentationStarted
    status_model: ClassVar[type[BaseModel]] = SegmentationStatus
    list_model: ClassVar[type[BaseModel]] = SegmentationRuns
    results_model: ClassVar[type[BaseModel]] = SegmentationResults

    async def refuse(self, views: Database, store: ObjectStore, tenant: str, body: StartSegmentation) -> None:
        await refuse_unpublished(views, tenant, body.product_ids)

    async def ask(
        self, views: Database, store: ObjectStore, tenant: str, run_id: str, body: StartSegmentation
    ) -> Asked:
        inline, listed = await list_or_inline(store, tenant, body.product_ids)
        event = SegmentationRequested(
            tenant=tenant,
            run_id=run_id,
            product_ids=inline,
            product_list=listed,
            category=body.category,
            settings=_settings(body),
            budget_usd=body.budget_usd,
        )
        return Asked(event, len(body.product_ids), {"category": body.category})

    def started(self, run_id: str, total: int | None) -> SegmentationStarted:
        return SegmentationStarted(run_id=run_id, total_products=total or 0)

    def listed(self, run: Run) -> SegmentationListed:
        return SegmentationListed.model_validate(listed_fields(run) | {"total_products": run.total})

    def status(self, seen: Seen) -> SegmentationStatus:
        progress = seen.progress
        return SegmentationStatus.model_validate(
            status_fields(seen) | {"total_products": progress.total, "processed_products": progress.processed}
        )

    async def progress(self, views: Database, tenant: str, run: Run) -> Progress:
        row = await views.fetchrow(PROGRESS, tenant, run.run_id, run.revision)
        if row is None:
            return Progress(run.total or 0, 0, "over" if run.over else "waiting")
        began: datetime = row["created_at"]
        return Progress(
            total=row["total_products"],
            processed=row["processed_products"],
            phase="over" if run.over else row["phase"],
            steps=row["steps"],
            steps_done=row["steps_done"],
            began_at=began,
        )

    async def results(
        self, views: Database, store: ObjectStore, tenant: str, run: Run, *, cursor: str | None, limit: int
    ) -> SegmentationResults:
        after = place_of(cursor, NUMBERED)
        revision = (tenant, run.run_id, run.revision)
        taxonomies = await views.fetch(TAXONOMIES, *revision)
        rows = await views.fetch(SEGMENTS, *revision, after[0] if after else 0, limit + 1)
        shown, last = page(rows, limit)
        return SegmentationResults.model_validate(
            {
                "run_id": run.run_id,
                "revision": run.revision,
                "status": run.status,
                "taxonomies": [dict(row) for row in taxonomies],
                "segments": [_assignment(row) for row in shown],
                "next_cursor": cursor_of(last["product_id"]) if last else None,
            }
        )


def _assignment(row: Record) -> Assignment:
    upstream: str = row["upstream_id"]
    return Assignment(
        product_id=int(upstream) if row["is_number"] else upstream,
        taxonomy_id=row["taxonomy_id"],
        confidence=row["confidence"],
        moved=row["moved"],
    )


def _settings(body: StartSegmentation) -> SegmentationSettings:
    given: dict[str, Any] = {"model": body.model, "temperature": body.temperature}
    chosen = {name: value for name, value in given.items() if value is not None}
    return body.settings.model_copy(update={"llm": body.settings.llm.model_copy(update=chosen)})
