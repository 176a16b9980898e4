"""Single bundles, and what visitors make of them."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from pydantic import ConfigDict, Field

from api import feedback
from api.documented import READ, WRITE, answers
from api.feedback import Batch
from api.guarding import BEARER, AskedBy, CalledBy, Opened, guarded
from api.kinds.bundle_shapes import EXAMPLE_BUNDLE, EXAMPLE_BUNDLE_ID, BundleResult
from api.kinds.bundles import bundle_result
from api.kinds.shapes import EXAMPLE_RUN, Shape
from api.problems import Problem

BundleId = Annotated[UUID, Path(examples=[EXAMPLE_BUNDLE_ID])]

# A bundle may be found by several runs; the last one knows what is true now.
NEWEST: Final = """
select b.run_id, b.revision, b.rank, b.name, b.description, b.named_by, b.bundle from bundles_v1 b
join bundle_runs_v1 r using (tenant, run_id, revision)
where (b.tenant, b.bundle_id) = ($1, $2)
order by r.created_at desc, b.run_id desc, b.revision desc limit 1
"""


class FoundBundle(Shape):
    run_id: str = Field(description="The last run that found it.")
    revision: int
    bundle: BundleResult

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"run_id": EXAMPLE_RUN, "revision": 1, "bundle": EXAMPLE_BUNDLE}]}
    )


class FeedbackTaken(Shape):
    accepted: int = Field(description="How many were said; what is said again counts once.")
    unknown_bundle_ids: list[str] = Field(
        description="Bundles that no run here has made; what was said of them is kept all the same."
    )

    model_config = ConfigDict(json_schema_extra={"examples": [{"accepted": 2, "unknown_bundle_ids": []}]})


def routers() -> list[APIRouter]:
    reading = APIRouter(
        prefix="/api/bundles",
        route_class=guarded("read"),
        dependencies=[Depends(BEARER)],
        tags=["bundles"],
        responses=answers(*READ),
    )
    reading.add_api_route(
        "/{bundle_id}",
        found,
        response_model=FoundBundle,
        operation_id="get_bundle",
        summary="A bundle, as it was last found",
    )
    writing = APIRouter(
        prefix=feedback.PATH,
        route_class=guarded("run"),
        dependencies=[Depends(BEARER)],
        tags=["feedback"],
        responses=answers(*WRITE),
    )
    writing.add_api_route(
        "",
        take,
        methods=["POST"],
        status_code=202,
        response_model=FeedbackTaken,
        operation_id="send_feedback",
        summary="Tell what visitors did about bundles",
    )
    return [reading, writing]


async def found(opened: Opened, caller: CalledBy, bundle_id: BundleId) -> FoundBundle:
    async with opened.views.acquire() as views:
        row = await views.fetchrow(NEWEST, caller.tenant, bundle_id)
    if row is None:
        words = f"no run here has made a bundle {bundle_id}: GET /api/bundles lists the runs"
        raise Problem(404, "unknown_bundle", words)
    return FoundBundle(run_id=row["run_id"], revision=row["revision"], bundle=bundle_result(row))


async def take(opened: Opened, asked_by: AskedBy, body: Batch) -> dict[str, Any]:
    """Each event is sent on by itself. What is told again under its `feedback_id` counts once."""
    return await feedback.take(opened, asked_by, body)
