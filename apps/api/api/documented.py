"""What the routes may answer, as OpenAPI says it."""

from collections.abc import Iterator
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import MEDIA_TYPE, PREFIX, TITLES, ProblemBody

SCHEMA: Final = {"$ref": "#/components/schemas/Problem"}
READ: Final = (401, 403, 404, 422, 429, 503)
WRITE: Final = (400, 401, 403, 404, 409, 413, 422, 429, 503)
ADMIN: Final = (401, 403, 422, 429, 503)

EXAMPLES: Final = {
    400: ("json", "the value is not JSON: Expecting value: send one JSON object"),
    401: ("no_key", "send a key: `Authorization: Bearer KEY`"),
    403: ("scope", "this needs a key of scope run; yours has read: ask an operator"),
    404: (
        "unknown_run",
        "no run RUN_20250618T120301Z_8d24f1aa is known here: GET /api/segmentation lists them",
    ),
    409: ("not_now", "RUN_20250618T120301Z_8d24f1aa is not over: GET its status tells how far it is"),
    413: ("too_large", "this request holds at most 16777216 bytes: name fewer items, in several runs"),
    422: ("invalid", "1 field is not valid: see `errors`"),
    429: ("rate_limit", "this key has used up its requests: try again in 3 s"),
    503: ("unavailable", "the database does not answer; nothing is lost: send the request again"),
}
HEADERS: Final = {
    401: "WWW-Authenticate",
    429: "Retry-After",
    503: "Retry-After",
}


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Problems that a route may answer with."""
    return {status: _answer(status) for status in statuses}


def _answer(status: int) -> dict[str, Any]:
    code, detail = EXAMPLES[status]
    example: dict[str, Any] = {
        "type": PREFIX + code,
        "title": TITLES[status],
        "status": status,
        "detail": detail,
        "instance": "/api/segmentation/start",
    }
    if status == 422:  # noqa: PLR2004 - the one that lists fields
        example["errors"] = ["body.category: Field required"]
    found: dict[str, Any] = {
        "description": TITLES[status],
        "content": {MEDIA_TYPE: {"schema": SCHEMA, "example": example}},
    }
    if name := HEADERS.get(status):
        found["headers"] = {name: {"schema": {"type": "string"}, "required": True}}
    return found


def document(app: FastAPI) -> dict[str, Any]:
    """FastAPI's own document, with the problem and with examples where the shapes have them."""
    made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = ProblemBody.model_json_schema()
    for operation in operations(made):
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for body in bodies:
            for content in body.get("content", {}).values():
                _exemplify(content, schemas)
    return made


def operations(made: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in made["paths"].values():
        yield from path.values()


def _exemplify(content: dict[str, Any], schemas: dict[str, Any]) -> None:
    schema = content.get("schema", {})
    named: dict[str, Any] = next((one for one in (schema, *schema.get("anyOf", ())) if "$ref" in one), {})
    name = named.get("$ref", "").rpartition("/")[2]
    examples = schemas.get(name, {}).get("examples")
    if examples and "example" not in content:
        content["example"] = examples[0]
