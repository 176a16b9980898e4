"""Lists of the items that a run is asked about."""

import json
import sys
from pathlib import Path

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
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CliError(f"cannot read {file}: {error}") from error
    return read_ids(text)


def _from_json(text: str) -> list[str]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise CliError(f"the list of deals is no JSON: {error}") from error
    if not all(isinstance(name, str) for name in found):
        raise CliError("the list of deals holds something that is no text")
    return list(found)
