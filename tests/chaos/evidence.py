"""What the judges look at: topics, tables, the simulator's journal, objects. Never a worker's counter."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

Pairs = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Record:
    """One record of a topic, as Kafka keeps it. The topic is named without the prefix."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]

    @property
    def place(self) -> str:
        return f"{self.topic}[{self.partition}]@{self.offset}"

    @property
    def event_id(self) -> str:
        return dict(self.headers).get("ce_id", b"").decode()

    @property
    def content(self) -> tuple[object, ...]:
        """All that a repetition must repeat."""
        return self.topic, self.key, self.value, self.headers

    @cached_property
    def body(self) -> dict[str, Any]:
        return dict(json.loads(self.value or b"{}"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the last stage says of every deal, from the object that run.finished names."""

    placed: tuple[str, ...]
    failed: tuple[str, ...]
    excluded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tables:
    """Rows of results by run and entity, and what is left over in the stages' queues."""

    clusters: Pairs = frozenset()
    packages: Pairs = frozenset()
    enriched: Pairs = frozenset()
    outcomes: Pairs = frozenset()
    ledger: Mapping[str, int] = field(default_factory=dict)  # conflicts by event id
    endings: Mapping[tuple[str, str], int] = field(
        default_factory=dict
    )  # of (stage, inbox row): how often it ended
    letters: tuple[str, ...] = ()
    left_over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """A call as it reached the provider."""

    at: float
    prompt_sha256: str


@dataclass(frozen=True, slots=True)
class Evidence:
    records: tuple[Record, ...] = ()
    sent_again: int = 0  # records that the storm itself has sent once more
    tables: Tables = Tables()
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)  # by run
    unclustered: Mapping[str, frozenset[str]] = field(
        default_factory=dict
    )  # by run: excluded before clusters
    requests: tuple[Request, ...] = ()
    answered_at: Mapping[str, float] = field(
        default_factory=dict
    )  # by prompt: when its first answer was written
    proofs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by run: what `assort verify` found

    def events(self, topic: str) -> list[Record]:
        """Each event of a topic once."""
        found = {record.event_id: record for record in self.records if record.topic == topic}
        return list(found.values())

    @property
    def runs(self) -> list[str]:
        return [record.body["run_id"] for record in self.events("packages.requested.v1")]
