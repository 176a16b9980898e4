"""What goes wrong, as application/problem+json (RFC 9457): each says what to do."""

import json
from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

MEDIA_TYPE: Final = "application/problem+json"
PREFIX: Final = "urn:assort:problem:"
RETRY_SECONDS: Final = 5

TITLES: Final[Mapping[int, str]] = {
    400: "Cannot be read",
    401: "No valid key",
    403: "The key may not do this",
    404: "Not found",
    405: "No such method here",
    409: "Not now",
    413: "Too large",
    422: "Not valid",
    429: "Too many requests",
    500: "Broken",
    503: "A server is away",
}


class ProblemBody(BaseModel):
    """Every answer that is no success."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(description="Stays; for programs.")
    title: str
    status: int
    detail: str = Field(description="What to do.")
    instance: str = Field(description="Path of the request.")
    errors: list[str] | None = Field(default=None, description="Each field that is not valid, and why.")
    unknown_ids: list[str] | None = Field(default=None, description="Products that nobody has published.")
    unknown_count: int | None = Field(default=None, description="Of all, also those that are not listed.")


class Problem(HTTPException):
    """Ends a request. An HTTPException, because FastAPI lets no other through where it reads the body."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.code = code
        self.more = dict(more or {})

    def response(self, instance: str) -> Response:
        body = {
            "type": PREFIX + self.code,
            "title": TITLES.get(self.status_code, "Problem"),
            "status": self.status_code,
            "detail": self.detail,
            "instance": instance,
            **self.more,
        }
        text = json.dumps(body, ensure_ascii=False)
        # A text of the request may hold half a surrogate pair, which UTF-8 cannot.
        return Response(text.encode(errors="replace"), self.status_code, self.headers, MEDIA_TYPE)


def not_found(run_id: str, kind: str) -> Problem:
    return Problem(404, "unknown_run", f"no run {run_id} is known here: GET /api/{kind} lists them")


def away(what: str) -> Problem:
    return Problem(
        503,
        "unavailable",
        f"{what}; nothing is lost: send the request again in a few seconds, with the same Idempotency-Key",
        headers={"Retry-After": str(RETRY_SECONDS)},
    )
