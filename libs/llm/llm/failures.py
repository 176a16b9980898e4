"""What a call to a provider can end in, and whose fault each end is.

RETRY     the world: try again soon, then leave it to the queue (Unavailable)
BLOCKED   nobody lets us in: the stage waits (Blocked)
FINAL     this question cannot be answered, however often it is asked (WorkFailed)
FORMAT    the provider does not know this response_format: ask with a simpler one
"""

from enum import Enum, auto
from http import HTTPStatus

import httpx2
from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError

from contracts import AssortError, Blocked, Unavailable, WorkFailed

LONGEST_WORDS = 500
OVERLOADED = 529  # as some providers say it
TRY_AGAIN = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
    OVERLOADED,
}
NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
NOT_LET_IN = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
NO_MONEY = "insufficient_quota"  # a 429 that no waiting mends
CODES: dict[int, str] = {
    HTTPStatus.NOT_FOUND: "model_not_found",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "context_too_long",
}
SIGNS = {
    "context_too_long": (
        "context_length_exceeded",
        "context length",
        "context window",
        "maximum number of tokens",
    ),
    "response_format": (
        "response_format",
        "json_schema",
        "json_object",
        "response_mime_type",
        "response_schema",
    ),
    "content_filter": ("content_filter", "content_policy", "content management policy"),
}


class Kind(Enum):
    RETRY = auto()
    BLOCKED = auto()
    FINAL = auto()
    FORMAT = auto()


class CallFailed(AssortError):
    """A call brought no answer."""

    def __init__(
        self,
        code: str,
        words: str,
        kind: Kind = Kind.RETRY,
        *,
        retry_after_seconds: float | None = None,
        maybe_billed: bool = False,
        overload: bool = False,
    ) -> None:
        super().__init__(f"{code}: {words}")
        self.code = code
        self.words = words[:LONGEST_WORDS]
        self.kind = kind
        self.retry_after_seconds = retry_after_seconds
        self.maybe_billed = maybe_billed  # the provider may have worked, and charge for it
        self.overload = overload

    def verdict(self) -> AssortError:
        """What this means once nobody tries again."""
        match self.kind:
            case Kind.RETRY:
                return Unavailable(f"language model: {self.code}: {self.words}", self.retry_after_seconds)
            case Kind.BLOCKED:
                return Blocked(f"language model: {self.code}: {self.words}")
            case _:
                return WorkFailed(self.code, self.words)


def timed_out(seconds: float) -> CallFailed:
    return CallFailed("timeout", f"no complete answer within {seconds:g} s", maybe_billed=True)


def failure_of(error: APIError) -> CallFailed:
    if isinstance(error, APIStatusError):
        return _refused(error)
    if isinstance(error, APIConnectionError):
        code = "timeout" if isinstance(error, APITimeoutError) else "connection"
        cause = error.__cause__
        sent = not isinstance(cause, NEVER_SENT)
        return CallFailed(code, f"{error} {cause or ''}".strip(), maybe_billed=sent)
    return CallFailed("malformed_response", str(error), maybe_billed=True)


def _refused(error: APIStatusError) -> CallFailed:
    status, words = error.status_code, error.response.text
    if status in TRY_AGAIN and NO_MONEY not in words:
        after = _retry_after(error.response.headers.get("retry-after"))
        return CallFailed(f"http_{status}", words, retry_after_seconds=after, overload=True)
    if status in NOT_LET_IN or NO_MONEY in words:
        return CallFailed(f"http_{status}", words, Kind.BLOCKED)
    code = CODES.get(status) or _diagnosed(words)
    return CallFailed(code, words, Kind.FORMAT if code == "response_format" else Kind.FINAL)


def _diagnosed(words: str) -> str:
    """What a 400 is about. Providers agree on no code, so their words have to do."""
    small = words.lower()
    return next(
        (code for code, signs in SIGNS.items() if any(sign in small for sign in signs)), "bad_request"
    )


def _retry_after(header: str | None) -> float | None:
    """Seconds; the other form, a date, is as good as none: clocks differ."""
    try:
        return max(0.0, float(header or ""))
    except ValueError:
        return None
