"""CloudEvents 1.0 on Kafka, binary mode: headers around a JSON value."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from contracts import Event, InvalidEvent, RunEvent, derived_id
from contracts.event import MAX_EVENT_BYTES
from runtime import trace

RawHeaders = Sequence[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True)
class Sealed:
    """An event as it goes to Kafka. Sealed once; every repetition has the same bytes."""

    event_id: UUID
    topic: str
    key: bytes
    value: bytes
    headers: dict[str, str]


def seal(event: Event, *, source: str, traceparent: str | None, at: datetime | None = None) -> Sealed:
    value = event.canonical()
    if len(value) > MAX_EVENT_BYTES:
        raise InvalidEvent(
            "too_large", f"{event.topic} of {len(value)} bytes; store what is large and send a reference"
        )
    event_id = event.event_id
    headers = {
        "ce_specversion": "1.0",
        "ce_id": str(event_id),
        "ce_type": event.topic,
        "ce_source": f"/assort/{source}",
        "ce_time": (at or datetime.now(UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "ce_subject": event.entity,
        "ce_tenant": event.tenant,
        "traceparent": trace.child(traceparent, event_id),
        "content-type": "application/json",
    }
    if isinstance(event, RunEvent):
        headers |= {"ce_run": event.run_id, "ce_revision": str(event.revision)}
    return Sealed(event_id, event.topic, event.key.encode(), value, headers)


def header_texts(headers: RawHeaders) -> dict[str, str]:
    """Headers as text. FastStream's own parser would lose a record whose header is null or not UTF-8."""
    texts: dict[str, str] = {}
    for name, value in headers:
        try:
            texts[name] = (value or b"").decode()
        except UnicodeDecodeError as error:
            raise InvalidEvent("header", f"header {name!r} is not UTF-8") from error
        if "\0" in name + texts[name]:
            raise InvalidEvent("header", f"header {name!r} holds NUL")
    return texts


def check_type(headers: dict[str, str], topic: str) -> None:
    told = headers.get("ce_type")
    if told is not None and told != topic:
        raise InvalidEvent("version", f"ce_type says {told!r}; this topic carries {topic!r}")
    if headers.get("ce_specversion", "1.0") != "1.0":
        raise InvalidEvent("version", f"CloudEvents {headers['ce_specversion']!r} is not known; send 1.0")


def identity(headers: dict[str, str], event: Event) -> UUID:
    """The id that the sender gave (unique with its source), or the one that follows from the content."""
    told = headers.get("ce_id")
    if not told:
        return event.event_id
    try:
        return UUID(told)
    except ValueError:
        return derived_id("cloudevent", headers.get("ce_source", ""), told)


def digest(value: bytes) -> bytes:
    return sha256(value).digest()
