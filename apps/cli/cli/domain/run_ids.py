"""Lists of the items that a run is asked about."""

import json
import sys
from pathlib import Path
from typing import Any

from cli.errors import CliError


def read_ids(text: str) -> list[str]:
    """A JSON list of item ids, or one to a line; sorted, each once."""
    stripped = text.strip()
    found = _from_json(stripped) if stripped.startswith("[") else stripped.splitlines()
    return checked_ids([name.strip() for name in found if name.strip() and not name.startswith("#")])


def checked_ids(ids: list[str]) -> list[str]:
    for name in ids:
        origin, slash, deal_id = name.partition("/")
        if not (origin and slash and deal_id):
            raise CliError(
                f"{name!r} is no item id: write its origin too, like bidswitch.com/3001"
                f" (`assort why {name}` finds it)"
            )
    return sorted(set(ids))


def wanted_ids(ids: list[str], file: str | None) -> list[str] | None:
    """None: every deal that is offered."""
    if ids and file:
        raise CliError("name the deals as words or with --deals, not both ways")
    if file is None:
        return checked_ids(ids) if ids else None
    return read_ids(_text(file))


def wanted_products(ids: list[str], file: str | None) -> list[str] | None:
    """None: every product that is offered. Ids that are numbers are read as they are written."""
    if ids and file:
        raise CliError("name the products as words or with --products, not both ways")
    if file is None:
        return sorted(set(ids)) or None
    text = _text(file).strip()
    found = _any_json(text) if text.startswith("[") else text.splitlines()
    return sorted({name.strip() for name in found if name.strip()})


def _text(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CliError(f"cannot read {file}: {error}") from error


def _any_json(text: str) -> list[str]:
    """A list of numbers and texts, as texts."""
    found = _json_list(text, "products")
    if not all(isinstance(name, str | int) and not isinstance(name, bool) for name in found):
        raise CliError("the list of products holds something that is neither a number nor a text")
    return [str(name) for name in found]


def _json_list(text: str, what: str) -> list[Any]:
    try:
        return list(json.loads(text))
    except ValueError as error:
        raise CliError(f"the list of {what} is no JSON: {error}") from error


def _from_json(text: str) -> list[str]:
    found = _json_list(text, "deals")
    if not all(isinstance(name, str) for name in found):
        raise CliError("the list of deals holds something that is no text")
    return list(found)
