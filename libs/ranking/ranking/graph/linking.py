"""Nodes of one graph: each there once, each link between a platform and what belongs to it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from contracts.errors import InvalidEvent
from contracts.ranking import GraphNode


@dataclass(frozen=True, slots=True)
class Placed:
    node: GraphNode
    place: str  # where it stands, for messages


def linked(placed: Iterable[Placed], code: str) -> tuple[GraphNode, ...]:
    """Sorted by id. A link that its platform says is said by the add-on or the event instead."""
    there = _once(placed, code)
    platforms = defaultdict[str, set[str]](set)
    for platform, member in _links(there, code):
        platforms[member].add(platform)
    return tuple(
        one.node.model_copy(update={"links": tuple(sorted(platforms[node_id]))})
        for node_id, one in sorted(there.items())
    )


def _once(placed: Iterable[Placed], code: str) -> Mapping[str, Placed]:
    there: dict[str, Placed] = {}
    for one in placed:
        before = there.setdefault(one.node.node_id, one)
        if before.node != one.node:
            raise InvalidEvent(
                code,
                f"{one.place}, node_id: {one.node.node_id!r} stands at {before.place} too and says something "
                "else there; give each node an id of its own, and all its links in one place",
            )
    return there


def _links(there: Mapping[str, Placed], code: str) -> Iterator[tuple[str, str]]:
    """Platform and member."""
    for node_id, one in there.items():
        for link in one.node.links:
            if link not in there:
                words = f"{one.place}, links: there is no node {link!r}; bring it, or leave the link out"
                raise InvalidEvent(code, words)
            is_platform = one.node.kind == "platform"
            if is_platform == (there[link].node.kind == "platform"):
                wanted = "an add-on or an event" if is_platform else "a platform"
                raise InvalidEvent(
                    code,
                    f"{one.place}, links: {link!r} is of the kind {there[link].node.kind}; "
                    f"{node_id!r} can be linked to {wanted} alone",
                )
            yield (node_id, link) if is_platform else (link, node_id)
