"""Files of products and orders: brought by the form that browsers and curl send, and what came of them."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Path, Query, Request, Response, UploadFile
from pydantic import ConfigDict, Field, ValidationError

from api import uploading, uploads
from api.documented import READ, WRITE, answers
from api.guarding import BEARER, AskedBy, CalledBy, Opened, guarded
from api.kinds.bundle_shapes import EXAMPLE_UPLOAD_ID
from api.kinds.shapes import Shape
from api.opening import Resources
from api.problems import Problem
from api.uploading import PATH, Brought
from api.uploads import FileName, State, Upload
from contracts import InvalidEvent, loads
from contracts.order import DEFAULT_STORE, Store
from contracts.uploads import UploadReading
from objects import ObjectMissing, get_content

FIELDS: Final = frozenset({"products", "orders", "reading", "store"})
EXAMPLE_FORM: Final = {
    "products": "product_id,name,price\n4711,Wall plate,9.90\n",
    "orders": "order_id,placed_at,product_id,quantity\n1003,2025-06-17T18:22:00Z,4711,2\n",
    "reading": '{"currency": "EUR", "product_columns": {"product_id": "Artikel"}}',
    "store": "lisbon",
}
FORM: Final = {"requestBody": {"content": {"multipart/form-data": {"example": EXAMPLE_FORM}}}}
READING: Final = (
    "How to read them, as JSON: `product_columns` and `order_columns` (our name of a column: its name in the"
    " file), `currency` where rows name none, `time_zone` of times without one, `day_first` of dates that can"
    " be read both ways."
)
EXAMPLE_ROWS: Final = (
    "line,code,reason,what to do,row\n"
    '17,bad_number,"price: \'free\' is no number","Write a number, such as 1234.50.","4711,Wall plate,free"\n'
)
UploadId = Annotated[UUID, Path(examples=[EXAMPLE_UPLOAD_ID])]


class Uploaded(Shape):
    csv_upload_id: str
    store: str
    status: State = Field(description="waiting; read or refused if it was brought before.")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"csv_upload_id": EXAMPLE_UPLOAD_ID, "store": "lisbon", "status": "waiting"}]
        }
    )


class FileRead(Shape):
    """What became of the rows of a file: each was kept, skipped or rejected."""

    rows: int
    kept: int
    skipped: int = Field(description="Rows that mean nothing by themselves, such as pictures.")
    rejected: int
    codes: dict[str, int] = Field(description="How many rows were rejected for what.")
    remarks: list[str]
    rejected_rows: str | None = Field(description="Where each of them is, with its reason; null: none was.")


EXAMPLE_FILE: dict[str, Any] = {
    "rows": 120,
    "kept": 110,
    "skipped": 6,
    "rejected": 4,
    "codes": {"bad_number": 3, "no_id": 1},
    "remarks": ["read as cp1252"],
    "rejected_rows": f"{PATH}/{EXAMPLE_UPLOAD_ID}/rejected?file=products",
}


class UploadStatus(Shape):
    csv_upload_id: str
    store: str
    status: State = Field(description="waiting: nobody has read it yet.")
    refused: str = Field(description="Why nothing of it can be used; empty: it is not refused.")
    by: str
    received_at: datetime
    read_at: datetime | None
    products: FileRead | None = Field(description="Null: not read.")
    orders: FileRead | None = Field(description="Null: not read, or there were none.")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "csv_upload_id": EXAMPLE_UPLOAD_ID,
                    "store": "lisbon",
                    "status": "read",
                    "refused": "",
                    "by": "dashboard",
                    "received_at": "2025-06-18T12:00:00Z",
                    "read_at": "2025-06-18T12:00:04Z",
                    "products": EXAMPLE_FILE,
                    "orders": None,
                }
            ]
        }
    )


def routers() -> list[APIRouter]:
    reading, writing = _router("read", READ), _router("run", WRITE)
    writing.add_api_route(
        "",
        bring,
        methods=["POST"],
        status_code=202,
        response_model=Uploaded,
        openapi_extra=FORM,
        operation_id="upload_files",
        summary="Bring files of products and orders",
    )
    reading.add_api_route(
        "/{csv_upload_id}",
        status,
        response_model=UploadStatus,
        operation_id="get_upload",
        summary="What came of an upload",
    )
    reading.add_api_route(
        "/{csv_upload_id}/rejected",
        rejected,
        response_class=Response,
        responses={
            200: {"content": {"text/csv": {"schema": {"type": "string"}, "example": EXAMPLE_ROWS}}},
            **answers(409),
        },
        operation_id="get_rejected_rows",
        summary="Rows that were rejected, and why",
    )
    return [reading, writing]


def _router(scope: Literal["read", "run"], problems: tuple[int, ...]) -> APIRouter:
    return APIRouter(
        prefix=PATH,
        route_class=guarded(scope),
        dependencies=[Depends(BEARER)],
        tags=["uploads"],
        responses=answers(*problems),
    )


async def bring(  # noqa: PLR0917 - FastAPI passes them by name
    request: Request,
    opened: Opened,
    asked_by: AskedBy,
    products: Annotated[UploadFile, File(description="A CSV file.")],
    orders: Annotated[UploadFile | None, File(description="A CSV file; none: no orders.")] = None,
    reading: Annotated[str, Form(description=READING)] = "{}",
    store: Annotated[Store, Form(description="Whose they are.")] = DEFAULT_STORE,
) -> dict[str, Any]:
    """Files are kept by what they hold: brought again, and read the same way, they are the same upload."""
    await _check_fields(request)
    read_as = _reading(reading)
    async with opened.files_turn:
        brought = Brought(store, await _body("products", products), await _orders(orders), read_as)
        return await uploading.bring(opened, asked_by, brought)


async def status(opened: Opened, caller: CalledBy, csv_upload_id: UploadId) -> UploadStatus:
    async with opened.views.acquire() as views:
        found = await uploads.known(views, caller.tenant, csv_upload_id)
    return UploadStatus(
        csv_upload_id=str(csv_upload_id),
        store=found.store,
        status=found.status,
        refused=found.refused,
        by=found.by,
        received_at=found.received_at,
        read_at=found.read_at,
        products=_file(found, "products"),
        orders=_file(found, "orders"),
    )


async def rejected(
    opened: Opened,
    caller: CalledBy,
    csv_upload_id: UploadId,
    file: Annotated[FileName, Query(description="Of which file.")] = "products",
) -> Response:
    async with opened.views.acquire() as views:
        found = await uploads.known(views, caller.tenant, csv_upload_id)
    if found.status == "waiting":
        words = f"{csv_upload_id} is not read yet: GET {PATH}/{csv_upload_id} tells when it is"
        raise Problem(409, "not_read", words)
    body = await _rejected_rows(opened, found, file)
    name = f"{csv_upload_id}-{file}-rejected.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, headers=headers, media_type="text/csv; charset=utf-8")


async def _rejected_rows(opened: Resources, found: Upload, file: FileName) -> bytes:
    read = found.files.get(file)
    if read is None or read.report.rejected_rows is None:
        words = f"no row of {file} was rejected: GET {PATH}/{found.csv_upload_id} tells what became of them"
        raise Problem(404, "none_rejected", words)
    try:
        return await get_content(opened.store, read.report.rejected_rows)
    except ObjectMissing as error:
        raise Problem(404, "gone", "the rejected rows are kept no more: upload the files again") from error


async def _check_fields(request: Request) -> None:
    """A field that we do not know, or that is there twice, does not mean what its sender thinks."""
    names = [name for name, _ in (await request.form()).multi_items()]
    unknown = sorted(set(names) - FIELDS)
    if unknown:
        words = f"this form has no field {unknown[0][:100]!a}: it knows {', '.join(sorted(FIELDS))}"
        raise Problem(422, "invalid", words)
    if len(names) > len(set(names)):
        raise Problem(422, "invalid", "a field is there twice: send each once")


async def _body(name: str, file: UploadFile) -> bytes:
    body = await file.read()
    if not body:
        raise Problem(422, "invalid", f"the file {name} is empty: send its first line and its rows")
    return body


async def _orders(file: UploadFile | None) -> bytes | None:
    """A browser sends a file without name and content where none was chosen."""
    if file is None or not (file.filename or file.size):
        return None
    return await _body("orders", file)


def _reading(text: str) -> UploadReading:
    try:
        return UploadReading.model_validate(loads(text.encode(errors="replace")))
    except InvalidEvent as error:
        raise Problem(422, "invalid", f"reading: {error.words}: send one JSON object") from error
    except ValidationError as error:
        errors = [f"reading.{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        words = f"{len(errors)} problems: correct what `errors` names, and send it again"
        raise Problem(422, "invalid", words, more={"errors": errors}) from error


def _file(found: Upload, name: FileName) -> FileRead | None:
    if name not in found.files:
        return None
    report = found.files[name].report
    path = f"{PATH}/{found.csv_upload_id}/rejected?file={name}"
    return FileRead(
        rows=report.rows,
        kept=report.kept,
        skipped=report.skipped,
        rejected=report.rejected,
        codes=dict(report.codes),
        remarks=list(report.remarks),
        rejected_rows=path if report.rejected_rows else None,
    )
