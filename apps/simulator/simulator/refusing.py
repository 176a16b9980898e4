"""Errors as providers word them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulator.behaviour import FaultKind
from simulator.profiles import Profile


@dataclass(frozen=True, slots=True)
class Refusal:
    """An HTTP error, before a profile gives it its form."""

    status: int
    kind: str
    words: str
    code: str | None = None
    field: str | None = None


REFUSALS: Mapping[FaultKind, Refusal] = {
    FaultKind.RATE_LIMITED: Refusal(
        429, "requests", "Rate limit reached for requests.", "rate_limit_exceeded"
    ),
    FaultKind.RATE_LIMITED_WITHOUT_RETRY_AFTER: Refusal(
        429, "requests", "Rate limit reached for requests.", "rate_limit_exceeded"
    ),
    FaultKind.SERVER_ERROR: Refusal(500, "server_error", "The server had an error while processing."),
    FaultKind.OVERLOADED: Refusal(503, "server_error", "The engine is currently overloaded."),
    FaultKind.BAD_REQUEST: Refusal(400, "invalid_request_error", "This request is refused."),
    FaultKind.UNAUTHORIZED: Refusal(
        401, "invalid_request_error", "Incorrect API key provided.", "invalid_api_key"
    ),
    FaultKind.FORBIDDEN: Refusal(
        403, "permission_error", "This project has no access to the model.", "model_not_allowed"
    ),
    FaultKind.CONTEXT_TOO_LONG: Refusal(
        400,
        "invalid_request_error",
        "This model's maximum context length is exceeded: shorten the messages.",
        "context_length_exceeded",
        "messages",
    ),
    FaultKind.UNSUPPORTED_RESPONSE_FORMAT: Refusal(
        400,
        "invalid_request_error",
        "Invalid parameter: this 'response_format' is not supported with this model.",
        None,
        "response_format",
    ),
}
GOOGLE_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
}


def error_body(refusal: Refusal, profile: Profile) -> Any:
    if profile.errors_in_a_list:
        status = GOOGLE_STATUS.get(refusal.status, "INTERNAL")
        return [{"error": {"code": refusal.status, "message": refusal.words, "status": status}}]
    return {
        "error": {
            "message": refusal.words,
            "type": refusal.kind,
            "param": refusal.field,
            "code": refusal.code,
        }
    }
