"""Which field of an entry is which of ours."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from pydantic import ValidationError

from contracts.event import describe
from contracts.ranking import GraphNode, NodeKind
from ranking.graph.entry import Entry, Said, refused, signs_only

# In files, the best first; case, spaces and signs are ignored.
KIND: Final = ("kind", "type")
NAME: Final = ("name", "title")
SECTORS: Final = ("sectors", "sector", "industries", "industry", "verticals", "vertical")
REGIONS: Final = ("regions", "region", "countries", "country", "geographies", "geography", "hq")
SNIPPET: Final = ("snippet", "description", "summary", "text")
IDS: Final[Mapping[NodeKind, tuple[str, ...]]] = MappingProxyType(
    {
        "platform": ("node_id", "id", "deal_id", "platform_id"),
        "add_on": ("node_id", "id", "deal_id", "add_on_id"),
        "event": ("node_id", "id", "deal_id", "event_id"),
    }
)
TO_PLATFORMS: Final = ("links", "linked_to", "parent", "platforms", "platform", "platform_ids", "platform_id")
FROM_PLATFORM: Final = ("links", "linked_to", "add_ons", "add_on_ids", "events", "event_ids")
KINDS: Final[Mapping[str, NodeKind]] = MappingProxyType(
    {
        "platform": "platform",
        "platforms": "platform",
        "addon": "add_on",
        "addons": "add_on",
        "event": "event",
        "events": "event",
    }
)


def node_of(entry: Entry) -> GraphNode:
    """InvalidEvent: it is none; the words name the place, the field and what to do."""
    kind, rest = _kind(entry)
    reading = _Reading(entry, rest)
    links = FROM_PLATFORM if kind == "platform" else TO_PLATFORMS
    try:
        return GraphNode(
            node_id=reading.needed(IDS[kind]),
            kind=kind,
            name=reading.needed(NAME),
            sectors=reading.many(SECTORS),
            regions=reading.many(REGIONS),
            snippet=reading.one(SNIPPET),
            links=reading.many(links),
            attributes=reading.others((IDS[kind], NAME, SNIPPET), (SECTORS, REGIONS, links)),
        )
    except ValidationError as error:
        raise refused(f"{entry.place}, {describe(error)}; correct it") from error


def _kind(entry: Entry) -> tuple[NodeKind, tuple[Said, ...]]:
    """As the key or the file says, else as the node does; and what it says besides, such as `type: exit`."""
    field = _first(entry.said, KIND) or Said("kind", "kind", ())
    word = ", ".join(field.values)
    outer, inner = KINDS.get(signs_only(entry.under)), KINDS.get(signs_only(word))
    if outer and inner and outer != inner:
        raise refused(
            f"{entry.place}, {field.name}: {word} stands among {entry.under}; move it or correct it"
        )
    kind = outer or inner
    if kind is None:
        fault = f"{word!r} is no kind" if word else "missing"
        raise refused(f"{entry.place}, {field.name}: {fault}; write platform, add_on or event")
    return kind, tuple(one for one in entry.said if one is not field) if inner else entry.said


@dataclass(frozen=True, slots=True)
class _Reading:
    entry: Entry
    said: tuple[Said, ...]

    def one(self, names: tuple[str, ...]) -> str:
        field = _first(self.said, names)
        if field and len(field.values) > 1:
            raise refused(f"{self.entry.place}, {field.name}: several values; write one text")
        return field.values[0] if field else ""

    def needed(self, names: tuple[str, ...]) -> str:
        value = self.one(names)
        if not value:
            raise refused(f"{self.entry.place}, {names[0]}: missing; every node has an id and a name")
        return value

    def many(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Of all fields with these names, because none may be lost."""
        fields = [field for field in self.said if _place(field, names) is not None]
        return tuple(
            sorted({part for field in fields for value in field.values for part in self._parts(value)})
        )

    def others(
        self, singles: tuple[tuple[str, ...], ...], lists: tuple[tuple[str, ...], ...]
    ) -> tuple[str, ...]:
        """Whatever has no meaning here, or a second name for what is read already."""
        taken = [_first(self.said, names) for names in singles]
        return tuple(
            f"{field.name}: {value}"
            for field in self.said
            if not any(field is one for one in taken) and all(_place(field, names) is None for names in lists)
            for value in field.values
        )

    def _parts(self, value: str) -> Iterator[str]:
        for separator in self.entry.separators[1:]:
            value = value.replace(separator, self.entry.separators[0])
        parts = value.split(self.entry.separators[0]) if self.entry.separators else [value]
        yield from (part.strip() for part in parts if part.strip())


def _first(said: tuple[Said, ...], names: tuple[str, ...]) -> Said | None:
    """The field with the best of these names that holds something."""
    found = [(place, field) for field in said if (place := _place(field, names)) is not None and field.values]
    return min(found, key=lambda one: one[0])[1] if found else None


def _place(field: Said, names: tuple[str, ...]) -> int | None:
    known = _signs(names)
    return known.index(field.signs) if field.signs in known else None


@cache
def _signs(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(signs_only, names))
