"""Where an answer names ids, whatever it answers."""

from collections.abc import Callable
from typing import Any

Change = Callable[[list[list[str]]], None]
LISTS = (("packages", "deal_ids"), ("categories", "product_ids"), ("categories", "merged"))
LINES = (("assignments", "product_id"), ("excluded", "deal_id"))


def with_other_ids(value: Any, change: Change) -> Any:
    """The answer after a change to its lists of ids; one that names none stays as it is."""
    if not isinstance(value, dict):
        return value
    for whole, name in LISTS:
        if lists := [each[name] for each in value.get(whole) or () if each.get(name)]:
            change(lists)
            return value
    if outside := value.get("out_of_scope"):
        change([outside])
        return value
    for whole, name in LINES:
        if lines := value.get(whole):
            return {**value, whole: _lines_with_other_ids(lines, name, change)}
    return value


def _lines_with_other_ids(lines: list[dict[str, Any]], name: str, change: Change) -> list[dict[str, Any]]:
    known = {each[name]: each for each in lines}
    change([ids := list(known)])
    return [{**known.get(each, lines[0]), name: each} for each in ids]
