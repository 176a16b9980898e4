"""The CloudEvents headers of an event on Kafka, as documents show them; the runtime writes the real ones."""

from typing import Any

from contracts.event import Event, RunEvent
from contracts.registry import Contract

MOMENT = "2026-01-31T12:00:00.000Z"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

COMMON: dict[str, str] = {
    "ce_specversion": "Version of CloudEvents; always 1.0.",
    "ce_id": "Unique with its source. Ours follows from the content: a repeated event has the same one.",
    "ce_type": "The topic without a prefix.",
    "ce_source": "Who wrote it, for example /assort/packager.",
    "ce_time": "When it was written, RFC 3339.",
    "ce_subject": "What it is about, within its tenant and run.",
    "ce_tenant": "The tenant, as in the value.",
    "traceparent": "W3C trace context.",
    "content-type": "Always application/json.",
}
OF_A_RUN: dict[str, str] = {
    "ce_run": "The run, as in the value.",
    "ce_revision": "Its revision, in decimal digits.",
}
REQUIRED = ("ce_specversion", "ce_id", "ce_type", "ce_source")
FIXED = {"ce_specversion": "1.0", "content-type": "application/json"}


def headers_schema(descriptions: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: header_schema(name, words) for name, words in descriptions.items()},
        "required": [name for name in REQUIRED if name in descriptions],
    }


def header_schema(name: str, words: str) -> dict[str, str]:
    fixed = {"const": FIXED[name]} if name in FIXED else {}
    return {"type": "string", "description": words} | fixed


def example_headers(contract: Contract, event: Event) -> dict[str, str]:
    headers = {
        "ce_specversion": "1.0",
        "ce_id": str(event.event_id),
        "ce_type": event.topic,
        "ce_source": f"/assort/{contract.producers[0]}",
        "ce_time": MOMENT,
        "ce_subject": event.entity,
        "ce_tenant": event.tenant,
        "traceparent": TRACE,
        "content-type": "application/json",
    }
    if isinstance(event, RunEvent):
        headers |= {"ce_run": event.run_id, "ce_revision": str(event.revision)}
    return headers
