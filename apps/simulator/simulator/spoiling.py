"""Answers that went wrong: each fault turns a good answer into a bad one."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import ceil
from typing import Any

from simulator.behaviour import FaultKind
from simulator.completion import Answer
from simulator.places import Change, with_other_ids

INVENTED_ID = "invented.example/0"
BEYOND = "999"  # more than a question asks about
ONE_IN = 3  # products of a category, when some are swapped
STILL_ALIKE = 4  # of five deals are 80 %
FOREIGN_WORDS = "Diese Antwort steht in einer anderen Sprache als die Frage."

Spoil = Callable[[Any], Any]


def spoiled(kind: FaultKind, good: Answer) -> Answer:
    """The answer after the fault; one that the fault cannot touch (no ids, no JSON) stays good."""
    if kind in STOPS:
        return STOPS[kind](good)
    text = good.content or ""
    if kind in SPELLINGS:
        return replace(good, content=SPELLINGS[kind](text))
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        return good
    return replace(good, content=json.dumps(CONTENTS[kind](value), ensure_ascii=False))


def _half(good: Answer) -> Answer:
    text = good.content or ""
    return replace(good, content=text[: len(text) // 2], finish_reason="length")


def _twice_named(text: str) -> str:
    """The first name twice: a reader that keeps the last value notices nothing."""
    first, colon, _ = text.partition(":")
    return (
        f"{first}: null, {first.removeprefix('{')}{text[len(first) :]}"
        if text.startswith("{") and colon
        else text
    )


def _numbers_as_strings(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _numbers_as_strings(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_numbers_as_strings(each) for each in value]
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _foreign(value: Any) -> Any:
    """Sentences in another language; ids and codes, which hold no space, stay."""
    if isinstance(value, dict):
        return {name: _foreign(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_foreign(each) for each in value]
    return FOREIGN_WORDS if isinstance(value, str) and " " in value else value


def _with_extra_fields(value: Any) -> Any:
    if isinstance(value, dict):
        return {**{name: _with_extra_fields(each) for name, each in value.items()}, "confidence": 0.93}
    return [_with_extra_fields(each) for each in value] if isinstance(value, list) else value


def _on_ids(change: Change) -> Spoil:
    return lambda value: with_other_ids(value, change)


def _on_packages(change: Callable[[list[Any], list[Any]], None]) -> Spoil:
    """A change to packages and excluded deals, where there is a package."""

    def spoil(value: Any) -> Any:
        if isinstance(value, dict) and (packages := value.get("packages")):
            change(packages, value.setdefault("excluded", []))
        return value

    return spoil


def _merge(packages: list[Any], excluded: list[Any]) -> None:
    """One package of everything: whatever was kept apart or left out is in it."""
    everything = [deal_id for package in packages for deal_id in package["deal_ids"]]
    everything += [each["deal_id"] for each in excluded]
    packages[:] = [{**packages[0], "deal_ids": list(dict.fromkeys(everything))}]
    excluded.clear()


def _propose_again(packages: list[Any], _: list[Any]) -> None:
    """The largest package twice, a large one without its last deal the second time."""
    largest = max(packages, key=lambda package: len(package["deal_ids"]))
    deal_ids = largest["deal_ids"]
    packages.append({**largest, "deal_ids": deal_ids[: max(STILL_ALIKE, len(deal_ids) - 1)]})


def _invent(lists: list[list[str]]) -> None:
    lists[0].append(INVENTED_ID)


def _forget(lists: list[list[str]]) -> None:
    lists[0].pop()


def _repeat(lists: list[list[str]]) -> None:
    lists[-1].append(lists[0][0])


def _beyond(lists: list[list[str]]) -> None:
    """P_999 or S_999, where ids are numbered."""
    letter, numbered, _ = lists[0][0].rpartition("_")
    if numbered:
        lists[0].append(f"{letter}_{BEYOND}")


def _swapped(value: Any) -> Any:
    """Every id stays named once: each category gives a third of its own to the next one."""
    if not isinstance(value, dict):
        return value
    if assignments := value.get("assignments"):
        return {**value, "assignments": _other_categories(assignments)}
    for name in ("product_ids", "merged"):
        lists = [each[name] for each in value.get("categories") or () if each.get(name)]
        shares = [[ids.pop(0) for _ in range(ceil(len(ids) / ONE_IN))] for ids in lists]
        for place, share in enumerate(shares):
            lists[(place + 1) % len(lists)].extend(share)
    return value


def _other_categories(assignments: list[dict[str, str]]) -> list[dict[str, str]]:
    named = sorted({each["category_id"] for each in assignments})
    following = dict(zip(named, [*named[1:], *named[:1]], strict=True))
    return [
        each if place % ONE_IN else {**each, "category_id": following[each["category_id"]]}
        for place, each in enumerate(assignments)
    ]


STOPS: Mapping[FaultKind, Callable[[Answer], Answer]] = {
    FaultKind.TRUNCATED: _half,
    FaultKind.EMPTY: lambda _: Answer(""),
    FaultKind.REFUSAL: lambda _: Answer(None, refusal="I'm sorry, I can't help with that."),
    FaultKind.CONTENT_FILTER: lambda _: Answer("", finish_reason="content_filter"),
}
SPELLINGS: Mapping[FaultKind, Callable[[str], str]] = {
    FaultKind.INVALID_JSON: lambda text: f"{text[:-1]},,",
    FaultKind.DUPLICATE_JSON_NAMES: _twice_named,
    FaultKind.MARKDOWN_FENCES: lambda text: (
        f"Here is the answer:\n\n```json\n{text}\n```\n\nI hope this helps!"
    ),
}
CONTENTS: Mapping[FaultKind, Spoil] = {
    FaultKind.NUMBERS_AS_STRINGS: _numbers_as_strings,
    FaultKind.EXTRA_FIELDS: _with_extra_fields,
    FaultKind.WRONG_LANGUAGE: _foreign,
    FaultKind.INVENTED_IDS: _on_ids(_invent),
    FaultKind.MISSING_IDS: _on_ids(_forget),
    FaultKind.REPEATED_IDS: _on_ids(_repeat),
    FaultKind.IDS_BEYOND: _on_ids(_beyond),
    FaultKind.WRONG_CATEGORIES: _swapped,
    FaultKind.BROKEN_RULES: _on_packages(_merge),
    FaultKind.NEAR_DUPLICATES: _on_packages(_propose_again),
}
