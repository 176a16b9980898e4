"""Write or check the schema of every published version: python -m contracts.tools.snapshots [--check].

A snapshot says what writers write. None is ever replaced by one that breaks a reader or an event.
"""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from contracts.event import Entity
from contracts.registry import EVENTS, STORED
from contracts.tools.compatibility import Change, breaking_changes
from contracts.tools.generated import Generated, pretty, say, settle, wants_check
from contracts.tools.places import SCHEMAS

COMMAND = "contracts.tools.snapshots"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
# Where a validator stands before a limit, pydantic leaves its own name of it, or that of a text's.
LIMITS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
LIMITS_OF_LISTS = {"minLength": "minItems", "maxLength": "maxItems"}


def schema_of(model: type[Entity], name: str) -> dict[str, Any]:
    schema = with_limits(model.model_json_schema(mode="validation"))
    return {"$schema": DIALECT, "$id": f"urn:assort:{name}", **schema}


def with_limits(schema: Any) -> Any:
    """The same in keywords of JSON Schema."""
    if isinstance(schema, list):
        return [with_limits(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    renamed = LIMITS | (LIMITS_OF_LISTS if schema.get("type") == "array" else {})
    return {renamed.get(word, word): with_limits_below(word, part) for word, part in schema.items()}


def with_limits_below(word: str, part: Any) -> Any:
    if word in ("properties", "$defs"):
        return {name: with_limits(named) for name, named in part.items()}
    return part if word in ("default", "examples", "const", "enum") else with_limits(part)


def snapshots(folder: Path) -> Iterator[Generated]:
    for contract in EVENTS:
        schema = schema_of(contract.event, contract.topic)
        yield Generated(folder / f"{contract.topic}.json", pretty(schema))
    for stored in STORED:
        schema = schema_of(stored.entity, stored.name)
        yield Generated(folder / "objects" / f"{stored.name}.json", pretty(schema))


def refusals(files: list[Generated], folder: Path) -> Iterator[str]:
    """Why the snapshots that are there may not be replaced by these."""
    published = sorted(folder.rglob("*.json"))
    for path in set(published).difference(file.path for file in files):
        yield f"{path.stem}: published, but no longer in the registry; a published version stays for ever"
    for file in files:
        if file.path in published:
            changes = breaking_changes(json.loads(file.path.read_text("utf-8")), json.loads(file.text))
            yield from (refusal(file.path.stem, change) for change in changes)


def refusal(name: str, change: Change) -> str:
    stem, _, version = name.rpartition(".v")
    return f"{name} {change}. Leave it as it is and add {stem}.v{int(version) + 1}"


def main(arguments: list[str], folder: Path = SCHEMAS, *, tell: Callable[[str], None] = say) -> int:
    check = wants_check(arguments, __doc__)
    files = list(snapshots(folder))
    refused = list(refusals(files, folder))
    for line in refused:
        tell(f"refused: {line}")
    return 1 if refused else settle(files, check=check, command=COMMAND)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
