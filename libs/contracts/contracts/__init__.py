"""The facts that travel between stages. Data only: no I/O, nothing but pydantic."""

from contracts.errors import (
    AssortError,
    Blocked,
    InvalidEvent,
    OverBudget,
    Unavailable,
    WorkFailed,
    WorldError,
)
from contracts.event import Entity, Event, RunEvent, Task, canonical, derived_id, loads
from contracts.reference import Reference

__all__ = [
    "AssortError",
    "Blocked",
    "Entity",
    "Event",
    "InvalidEvent",
    "OverBudget",
    "Reference",
    "RunEvent",
    "Task",
    "Unavailable",
    "WorkFailed",
    "WorldError",
    "canonical",
    "derived_id",
    "loads",
]
