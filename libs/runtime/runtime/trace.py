"""W3C trace context. Ids follow from event ids, so that a repeated event carries the same bytes."""

import re
from hashlib import sha256
from uuid import UUID

from contracts import derived_id

_TRACEPARENT = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$")


def child(traceparent: str | None, event_id: UUID) -> str:
    """The context of an event that was caused within `traceparent`, or that starts a trace."""
    found = _TRACEPARENT.match(traceparent or "")
    trace_id = found.group(1) if found and found.group(1).strip("0") else event_id.hex
    return f"00-{trace_id}-{sha256(event_id.bytes).hexdigest()[:16]}-01"


def trace_id(traceparent: str) -> str:
    return traceparent[3:35]


def place_id(place: str) -> UUID:
    """What cannot be decoded is known by where it stands."""
    return derived_id("place", place)
