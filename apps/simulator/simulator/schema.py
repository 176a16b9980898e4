"""The smallest value that a JSON schema allows, for prompts that the simulator does not know."""

from collections.abc import Mapping
from typing import Any

DEEPEST = 20
LARGEST = 1_000  # items or characters: a schema is text from outside


def minimal(schema: Mapping[str, Any]) -> Any:
    """A valid instance, as long as the schema asks for no pattern, format or uniqueness."""
    return _value(schema, schema, DEEPEST)


def _value(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Any:
    if depth == 0:
        return None  # a schema that requires itself has no finite instance
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if "$ref" in schema:
        return _value(_resolved(schema["$ref"], root), root, depth - 1)
    for choice in ("anyOf", "oneOf", "allOf"):
        if schema.get(choice):
            return _value(schema[choice][0], root, depth - 1)
    return _typed(schema, root, depth)


def _typed(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Any:
    kind = schema.get("type", "object" if "properties" in schema else "null")
    match kind[0] if isinstance(kind, list) else kind:
        case "object":
            fields = schema.get("properties", {})
            required = schema.get("required", [])
            value: Any = {name: _value(fields.get(name, {}), root, depth - 1) for name in required}
        case "array":
            value = [_value(schema.get("items", {}), root, depth - 1)] * _size(schema, "minItems")
        case "string":
            value = "simulated".ljust(_size(schema, "minLength"), ".")[: schema.get("maxLength")]
        case "integer":
            value = int(_smallest(schema, step=1))
        case "number":
            value = _smallest(schema, step=0.5)
        case "boolean":
            value = False
        case _:
            value = None
    return value


def _resolved(reference: str, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """A reference inside the same document, such as #/$defs/Deal; an unknown one allows anything."""
    here: Any = root
    for step in reference.removeprefix("#").strip("/").split("/"):
        here = here.get(step, {}) if step and isinstance(here, Mapping) else here
    return here if isinstance(here, Mapping) else {}


def _size(schema: Mapping[str, Any], name: str) -> int:
    return min(int(schema.get(name, 0)), LARGEST)


def _smallest(schema: Mapping[str, Any], step: float) -> float:
    """Zero where it is allowed, else the number nearest to it."""
    low = max(schema.get("minimum", 0), schema.get("exclusiveMinimum", -step) + step)
    high = min(schema.get("maximum", low), schema.get("exclusiveMaximum", low + step) - step)
    return float(min(low, high))
