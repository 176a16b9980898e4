"""What a file says of one node, before anybody knows what it means."""

import json
import unicodedata
from dataclasses import dataclass
from typing import Any

from contracts.errors import InvalidEvent


@dataclass(frozen=True, slots=True)
class Said:
    """A field as it is written: its name, and its values without empty ones."""

    name: str
    signs: str  # of the name, without the differences that mean nothing
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    place: str  # file and line or position, for messages
    under: str  # the name that it stands under: a key of the file, or the file's own
    said: tuple[Said, ...]
    separators: str = ""  # by which several values stand in one


def refused(words: str) -> InvalidEvent:
    return InvalidEvent("graph_folder", words)


def signs_only(name: str) -> str:
    return "".join(sign for sign in name.casefold() if sign.isalnum())


def plain_text(value: Any) -> str:
    """Of a JSON scalar or a cell; null is empty."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value)
    return unicodedata.normalize("NFC", text).strip()


def said(name: str, values: list[Any]) -> Said:
    return Said(name.strip(), signs_only(name), tuple(text for text in map(plain_text, values) if text))
