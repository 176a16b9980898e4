"""Pages: the last thing of one is the cursor to the next, so that what is added meanwhile repeats nothing."""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import Query
from pydantic import TypeAdapter, ValidationError

from api.problems import Problem
from contracts.event import canonical

T = TypeVar("T")

Cursor = Annotated[
    str | None,
    Query(
        pattern=r"^[A-Za-z0-9_-]{1,400}$", description="`next_cursor` of the page before.", examples=[None]
    ),
]
TIMED = TypeAdapter(tuple[datetime, str])
NUMBERED = TypeAdapter(tuple[int])
NAMED = TypeAdapter(tuple[str])


def cursor_of(*place: object) -> str:
    texts = [one.isoformat() if isinstance(one, datetime) else one for one in place]
    return base64.urlsafe_b64encode(canonical(texts)).decode().rstrip("=")


def place_of(cursor: str | None, shape: TypeAdapter[T]) -> T | None:
    if cursor is None:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        place = shape.validate_json(text)
    except (binascii.Error, UnicodeDecodeError, ValidationError) as error:
        raise bad_cursor() from error
    _check(place)
    return place


def bad_cursor() -> Problem:
    return Problem(422, "cursor", "this cursor is none of ours: leave it out to begin at the first page")


def page(rows: Sequence[T], limit: int) -> tuple[Sequence[T], T | None]:
    """The rows of the page, and its last one if there are more; `rows` are one more than asked for."""
    shown = rows[:limit]
    return shown, shown[-1] if len(rows) > limit else None


def _check(place: object) -> None:
    """What no database column could hold leads nowhere."""
    for one in place if isinstance(place, tuple) else ():
        if isinstance(one, str) and "\0" in one:
            raise bad_cursor()
        if isinstance(one, int) and abs(one) >= 2**63:
            raise bad_cursor()
        if isinstance(one, datetime) and one.tzinfo is None:
            raise bad_cursor()
