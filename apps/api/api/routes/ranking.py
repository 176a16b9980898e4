"""Records of ranking data: page by page, or all of them as a file."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Response

from api.documented import READ, answers
from api.guarding import BEARER, CalledBy, Opened, guarded
from api.kinds import RankingData
from api.kinds.ranking import content, kept
from api.kinds.ranking_shapes import EXAMPLE_RECORD, RankingRecord, RankingRecords
from api.paging import NUMBERED, Cursor, cursor_of, page, place_of
from api.problems import Problem
from api.routes.running import LargeLimit, Revision, RunId
from api.steering import ended_run
from contracts.ranking import Split

RECORDS: Final = """
select number, query, candidate_id, cluster_id, label, grade, reason, split, made_by from ranking_records_v1
where (tenant, run_id, revision) = ($1, $2, $3) and number > $4
  and ($5::text is null or split = $5) and ($6::int is null or label = $6)
  and ($7::text is null or cluster_id = $7) and ($8::text is null or candidate_id = $8)
order by number limit $9
"""

EXAMPLE_DATASET: Final[list[dict[str, Any]]] = [
    {
        **{name: EXAMPLE_RECORD[name] for name in ("query", "candidate_id", "label", "cluster_id")},
        "metadata": {
            "grade": 3,
            "made_by": "model",
            "prompt": "9f86d081884c7d65",
            "query_id": "q_2c26b46b68ffc68f",
            "reason": "same_package",
            "split": "train",
        },
    }
]
DATASET_SCHEMA: Final = {"type": "array", "items": {"$ref": "#/components/schemas/RecordShape"}}

Name = Query(min_length=1, max_length=1000, pattern=r"^[^\x00]+$", description="These alone.")


def routers() -> list[APIRouter]:
    reading = APIRouter(
        prefix=f"/api/{RankingData.name}",
        route_class=guarded("read"),
        dependencies=[Depends(BEARER)],
        tags=[RankingData.name],
        responses=answers(*READ, 409),
    )
    reading.add_api_route(
        "/{run_id}/records",
        records,
        response_model=RankingRecords,
        operation_id="get_ranking_data_records",
        summary="Labelled queries that a run made",
    )
    reading.add_api_route(
        "/{run_id}/dataset",
        dataset,
        response_class=Response,
        responses={
            200: {"content": {"application/json": {"schema": DATASET_SCHEMA, "example": EXAMPLE_DATASET}}}
        },
        operation_id="download_ranking_data",
        summary="All records of a run, as a file",
    )
    return [reading]


async def records(  # noqa: PLR0917 - FastAPI passes them by name
    opened: Opened,
    caller: CalledBy,
    run_id: RunId,
    revision: Revision = None,
    split: Annotated[Split | None, Query(description="These alone.")] = None,
    label: Annotated[int | None, Query(ge=0, le=1, description="These alone.")] = None,
    cluster_id: Annotated[str | None, Name] = None,
    candidate_id: Annotated[str | None, Name] = None,
    cursor: Cursor = None,
    limit: LargeLimit = 1000,
) -> RankingRecords:
    after = place_of(cursor, NUMBERED) or (-1,)
    wanted = (split, label, cluster_id, candidate_id)
    async with opened.views.acquire() as views:
        run = await ended_run(views, RankingData(), caller.tenant, run_id, revision)
        place = (caller.tenant, run.run_id, run.revision, after[0])
        rows = await views.fetch(RECORDS, *place, *wanted, limit + 1)
    shown, last = page(rows, limit)
    return RankingRecords(
        run_id=run.run_id,
        revision=run.revision,
        records=[RankingRecord.model_validate(dict(row)) for row in shown],
        next_cursor=cursor_of(last["number"]) if last else None,
    )


async def dataset(opened: Opened, caller: CalledBy, run_id: RunId, revision: Revision = None) -> Response:
    """A JSON array, as `existing` of another run takes it."""
    async with opened.views.acquire() as views:
        run = await ended_run(views, RankingData(), caller.tenant, run_id, revision)
        reference = await kept(views, caller.tenant, run, "dataset")
    if reference is None:
        words = f"{run_id} has no records: GET /api/{RankingData.name}/{run_id}/status tells why"
        raise Problem(404, "no_records", words)
    async with opened.files_turn:  # it is checked as a whole, so it lies in memory whole
        body = await content(opened.store, reference, run)
    headers = {"Content-Disposition": f'attachment; filename="{run_id}.json"'}
    return Response(body, headers=headers, media_type="application/json")
