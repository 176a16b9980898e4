"""Nodes in a JSON file: an array of them, or an object with an array for each kind."""

from collections.abc import Iterator
from typing import Any

from contracts.errors import InvalidEvent
from contracts.event import loads
from ranking.graph.entry import Entry, Said, refused, said


def entries(file: str, stem: str, text: str) -> Iterator[Entry]:
    value = _value(file, text)
    if isinstance(value, list):
        yield from _nodes(file, stem, value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(inner, list):
                raise refused(f"{file}, {key}: no array; write the nodes of a kind as an array of objects")
            yield from _nodes(f"{file}, {key}", key, inner)
    else:
        raise refused(f"{file}: neither an array of nodes nor an object with platforms, add_ons and events")


def _value(file: str, text: str) -> Any:
    try:
        return loads(text)
    except InvalidEvent as error:
        raise refused(f"{file}: {error.words}; write it as JSON, an array of nodes") from error


def _nodes(place: str, under: str, values: list[Any]) -> Iterator[Entry]:
    for number, value in enumerate(values, 1):
        here = f"{place}, node {number}"
        if not isinstance(value, dict):
            raise refused(f"{here}: no object; write each node as an object with node_id and name")
        yield Entry(here, under, tuple(_field(here, name, inner) for name, inner in value.items()))


def _field(place: str, name: str, value: Any) -> Said:
    values = value if isinstance(value, list) else [value]
    if any(isinstance(inner, list | dict) for inner in values):
        raise refused(f"{place}, {name}: nested; write a text, a number or an array of texts")
    return said(name, values)
