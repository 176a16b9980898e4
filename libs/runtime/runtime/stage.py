"""A stage, declared: which events it takes, what it does with each, what it emits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from contracts import Event, Task
from contracts.runs import EventBuried, LetterCommanded, RunCommanded
from runtime.settings import RuntimeSettings
from runtime.work import Closer, Follower, Handler

# Reads a value that came without CloudEvents headers, as upstream systems send it.
PlainReader = Callable[[bytes], Event]


@dataclass(frozen=True, slots=True)
class Route:
    """What is done with one kind of event or task."""

    event: type[Event]
    handler: Handler[Any, Any]


@dataclass(frozen=True, slots=True)
class Feed:
    """High-volume input that skips the lease."""

    event: type[Event]
    follower: Follower
    plain: PlainReader | None


@dataclass(slots=True)
class Stage:
    """One consumer group. Reads like a drawing; `runtime.worker` brings it to life."""

    name: str
    settings: RuntimeSettings
    routes: dict[str, Route] = field(default_factory=dict)
    feeds: dict[str, Feed] = field(default_factory=dict)
    emits: set[type[Event]] = field(default_factory=lambda: {EventBuried})
    gathered: type[Event] | None = None
    closer: Closer[Any] | None = None

    def on(
        self, event: type[Event], handler: Handler[Any, Any], *, emits: Sequence[type[Event]] = ()
    ) -> Self:
        """Lease each `event` to `handler`."""
        self.routes[event.topic] = Route(event, handler)
        self.emits.update(emits)
        return self

    def gathers(self, member: type[Event], closer: Closer[Any], *, emits: Sequence[type[Event]] = ()) -> Self:
        """Wait for every `member` that the run was told to expect, then let `closer` tell of it, once.

        A closer may expect further members instead: then it is asked again when they are settled.
        """
        self.gathered = member
        self.closer = closer
        self.emits.update(emits)
        return self

    def follows(
        self,
        *events: type[Event],
        follower: Follower,
        plain: PlainReader | None = None,
        emits: Sequence[type[Event]] = (),
    ) -> Self:
        """Take these in by the batch. `plain` reads values that have no CloudEvents headers."""
        for event in events:
            self.feeds[event.topic] = Feed(event, follower, plain)
        self.emits.update(emits)
        return self

    @property
    def consumes(self) -> set[type[Event]]:
        """What it reads from Kafka; its tasks are its own affair."""
        routed = {route.event for route in self.routes.values() if not issubclass(route.event, Task)}
        return routed | {feed.event for feed in self.feeds.values()} | {RunCommanded, LetterCommanded}

    def event_type(self, topic: str) -> type[Event] | None:
        return next((event for event in self.consumes if event.topic == topic), None)

    def plain_reader(self, topic: str) -> PlainReader | None:
        feed = self.feeds.get(topic)
        return feed.plain if feed else None
