"""Answers that went wrong: each fault turns a good answer into a bad one."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from simulator.behaviour import FaultKind
from simulator.completion import Answer

INVENTED_ID = "invented.example/0"
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


def _on_ids(change: Callable[[list[list[str]]], None]) -> Spoil:
    """A change to the id lists of the packages; without packages, to the ids of the excluded."""

    def spoil(value: Any) -> Any:
        packages = value.get("packages") if isinstance(value, dict) else None
        if packages:
            change([package["deal_ids"] for package in packages if "deal_ids" in package] or [[""]])
        elif isinstance(value, dict) and (left_out := value.get("excluded")):
            known = {each["deal_id"]: each for each in left_out}
            change([ids := list(known)])
            value["excluded"] = [{**known.get(each, left_out[0]), "deal_id": each} for each in ids]
        return value

    return spoil


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
    FaultKind.BROKEN_RULES: _on_packages(_merge),
    FaultKind.NEAR_DUPLICATES: _on_packages(_propose_again),
}
