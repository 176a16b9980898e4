"""What a segmentation came to, read from the views."""

from dataclasses import dataclass
from typing import Any

from cli.connections import Connection
from cli.reading import RunRow

RUN = """
select category, model_config, processing_params, result_summary, taxonomy_version, phase,
       total_products, processed_products
from read.segmentation_runs_v1 where tenant = $1 and run_id = $2 and revision = $3
"""

SEGMENTS = """
select t.id, t.segment_id::text, t.kind, t.category_name, t.definition, t.product_count,
       avg(r.confidence)::float8 as confidence, coalesce(array_agg(r.upstream_id order by r.upstream_id)
           filter (where r.upstream_id is not null), '{}') as product_ids
from read.product_taxonomies_v1 t
left join read.segmentation_results_v1 r
  on (r.tenant, r.run_id, r.revision, r.taxonomy_id) = (t.tenant, t.run_id, t.revision, t.id)
where t.tenant = $1 and t.run_id = $2 and t.revision = $3
group by t.id, t.segment_id, t.kind, t.category_name, t.definition, t.product_count
order by t.kind, t.product_count desc, t.category_name
"""


@dataclass(frozen=True, slots=True)
class SegmentRow:
    taxonomy_id: int
    segment_id: str  # empty: it holds no product, or the run is not over
    kind: str
    name: str
    definition: str
    products: int
    confidence: float | None
    product_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SegmentResult:
    """None of the documents: the run has not come that far."""

    category: str
    model_config: dict[str, Any]
    processing_params: dict[str, Any]
    summary: dict[str, Any] | None
    taxonomy_version: int | None
    segments: tuple[SegmentRow, ...]


async def result_of(views: Connection, run: RunRow) -> SegmentResult | None:
    """None: the segmenter has not heard of the run yet."""
    key = (run.tenant, run.run_id, run.revision)
    row = await views.fetchrow(RUN, *key)
    if row is None:
        return None
    return SegmentResult(
        category=row["category"],
        model_config=row["model_config"],
        processing_params=row["processing_params"],
        summary=row["result_summary"],
        taxonomy_version=row["taxonomy_version"],
        segments=await segments_of(views, *key),
    )


async def segments_of(views: Connection, tenant: str, run_id: str, revision: int) -> tuple[SegmentRow, ...]:
    rows = await views.fetch(SEGMENTS, tenant, run_id, revision)
    return tuple(
        SegmentRow(
            taxonomy_id=row["id"],
            segment_id=row["segment_id"] or "",
            kind=row["kind"],
            name=row["category_name"],
            definition=row["definition"],
            products=len(row["product_ids"]),
            confidence=row["confidence"],
            product_ids=tuple(row["product_ids"]),
        )
        for row in rows
    )
