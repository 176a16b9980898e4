"""What may change in a published schema: nothing that an old reader, writer or event would notice.

Compatible both ways and over all versions. Writers are strict and write every field; readers ignore
what they do not know. So an optional field with a default may be added, and words may be improved;
all else is a new version. As nothing is ever taken away, comparing with the version before is
comparing with all of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Schema = Mapping[str, Any]
Rule = Literal[
    "field_removed",
    "required_added",
    "required_dropped",
    "default_missing",
    "default_changed",
    "type_narrowed",
    "type_widened",
    "value_removed",
    "value_added",
    "constraint_tightened",
    "constraint_loosened",
    "pattern_changed",
    "format_changed",
    "keyword_changed",
]

ANNOTATIONS: Final = frozenset({"$schema", "$id", "$defs", "title", "description", "examples", "deprecated"})
LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
COMPARED: Final = ANNOTATIONS.union(
    LOWER, UPPER, ("type", "properties", "required", "items", "default", "enum", "const")
)
UNIONS: Final = ("anyOf", "oneOf")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that must not happen to a published version."""

    path: str
    rule: Rule
    words: str

    def __str__(self) -> str:
        return f"{self.path}: {self.words} ({self.rule})"


@dataclass(frozen=True, slots=True)
class Node:
    """A place in a schema, and the whole in which its references are looked up."""

    whole: Schema
    schema: Schema

    def at(self, schema: Any) -> "Node":
        return Node(self.whole, schema if isinstance(schema, Mapping) else {})

    @property
    def resolved(self) -> "Node":
        """The schema behind references; what stands beside a reference belongs to it."""
        schema = dict(self.schema)
        while "$ref" in schema:
            schema = {**self._target(schema.pop("$ref")), **schema}
        return self.at(schema)

    @property
    def variants(self) -> dict[str, "Node"]:
        """What the value may be, by kind; the same kind a second time is another kind."""
        schema = self.resolved.schema
        union = next((schema[keyword] for keyword in UNIONS if keyword in schema), None)
        if union is None:
            return {str(schema.get("type", "anything")): self.at(schema)}
        named: dict[str, Node] = {}
        for kind, node in (pair for option in union for pair in self.at(option).variants.items()):
            times = sum(1 for other in named if other.split(" #")[0] == kind)
            named[f"{kind} #{times + 1}" if times else kind] = node
        return named

    def _target(self, reference: str) -> Schema:
        target: Any = self.whole
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]
        return dict(target)


def breaking_changes(old: Schema, new: Schema) -> list[Change]:
    """Why `new` may not take the place of `old`; empty where it may."""
    return list(_compare(Node(old, old), Node(new, new), "$", frozenset()))


Seen = frozenset[tuple[str, str]]


def _compare(old: Node, new: Node, path: str, seen: Seen) -> Iterator[Change]:
    step = (str(old.schema.get("$ref")), str(new.schema.get("$ref")))
    if step in seen:
        return
    if step != ("None", "None"):
        seen |= {step}
    before, after = old.variants, new.variants
    for kind in before.keys() - after.keys():
        yield Change(path, "type_narrowed", f"{kind} was allowed: events that hold one become unreadable")
    for kind in after.keys() - before.keys():
        yield Change(path, "type_widened", f"{kind} is new: readers of today refuse it")
    for kind in sorted(before.keys() & after.keys()):
        yield from _compare_kind(before[kind], after[kind], path, seen)


def _compare_kind(old: Node, new: Node, path: str, seen: Seen) -> Iterator[Change]:
    yield from _fields(old, new, path, seen)
    yield from _values(old.schema, new.schema, path)
    yield from _bounds(old.schema, new.schema, path)
    yield from _parts(old, new, path, seen)
    yield from _others(old.schema, new.schema, path)


def _fields(old: Node, new: Node, path: str, seen: Seen) -> Iterator[Change]:
    before, after = old.schema.get("properties", {}), new.schema.get("properties", {})
    needed_before, needed = set(old.schema.get("required", ())), set(new.schema.get("required", ()))
    for name in before:
        where = f"{path}.{name}"
        if name not in after:
            yield Change(where, "field_removed", "readers of today still look for it")
            continue
        if name in needed_before - needed:
            yield Change(where, "required_dropped", "readers of today refuse an event without it")
        if name in needed - needed_before:
            yield Change(where, "required_added", "events without it become unreadable")
        if name not in needed_before | needed:
            yield from _default(before[name], after[name], where)
        yield from _compare(old.at(before[name]), new.at(after[name]), where, seen)
    for name in after.keys() - before.keys():
        yield from _added(after[name], f"{path}.{name}", required=name in needed)


def _added(schema: Schema, where: str, *, required: bool) -> Iterator[Change]:
    if required:
        yield Change(where, "required_added", "events written before do not have it; give it a default")
    elif "default" not in schema:
        yield Change(where, "default_missing", "say what it means that an older event does not have it")


def _default(old: Schema, new: Schema, where: str) -> Iterator[Change]:
    before, after = old.get("default"), new.get("default")
    if not _contains(after, before):
        yield Change(where, "default_changed", f"events without it meant {before!r}, not {after!r}")


def _contains(new: Any, old: Any) -> bool:
    """Equal, but for names that the new value has in addition: fields that were added further down."""
    if isinstance(new, Mapping) and isinstance(old, Mapping):
        return all(name in new and _contains(new[name], value) for name, value in old.items())
    return bool(new == old)


def _values(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    before, after = _choices(old), _choices(new)
    if before == after:
        return
    if before is None or after is None:
        rule: Rule = "value_added" if after is None else "value_removed"
        yield Change(path, rule, "the list of its values came or went")
        return
    for value in sorted(before - after):
        yield Change(path, "value_removed", f"{value} is in events already written")
    for value in sorted(after - before):
        yield Change(path, "value_added", f"{value} is unknown to readers of today")


def _choices(schema: Schema) -> set[str] | None:
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return None if values is None else {repr(value) for value in values}


def _bounds(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    for keyword in (*LOWER, *UPPER):
        before, after = old.get(keyword), new.get(keyword)
        if before == after:
            continue
        words = f"{keyword} was {before}, would be {after}"
        if _is_tighter(before, after, lower=keyword in LOWER):
            yield Change(path, "constraint_tightened", f"{words}: events already written may break it")
        else:
            yield Change(
                path, "constraint_loosened", f"{words}: readers of today refuse what it newly allows"
            )


def _is_tighter(before: float | None, after: float | None, *, lower: bool) -> bool:
    if before is None or after is None:
        return before is None
    return after > before if lower else after < before


def _parts(old: Node, new: Node, path: str, seen: Seen) -> Iterator[Change]:
    """Members of lists and values of maps."""
    if "items" in old.schema or "items" in new.schema:
        yield from _compare(
            old.at(old.schema.get("items")), new.at(new.schema.get("items")), f"{path}[]", seen
        )
    before, after = old.schema.get("additionalProperties"), new.schema.get("additionalProperties")
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _compare(old.at(before), new.at(after), f"{path}{{}}", seen)
    elif before != after:
        yield Change(path, "keyword_changed", f"additionalProperties was {before}, would be {after}")


def _others(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    """What has no rule of its own may not change: better refused than misunderstood."""
    rules: dict[str, Rule] = {"pattern": "pattern_changed", "format": "format_changed"}
    for keyword in sorted((old.keys() | new.keys()) - COMPARED - {"additionalProperties"}):
        before, after = old.get(keyword), new.get(keyword)
        if before != after:
            rule = rules.get(keyword, "keyword_changed")
            yield Change(path, rule, f"{keyword} was {before!r}, would be {after!r}")
