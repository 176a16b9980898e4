"""The JSON Schema that a provider is told: closed, with every field required, as strict modes demand."""

from typing import Any

from pydantic import BaseModel

DROPPED = {"default", "title"}  # strict modes refuse the first; the second only costs tokens


def strict_schema(model: type[BaseModel]) -> dict[str, Any]:
    schema: dict[str, Any] = _strict(model.model_json_schema())
    return schema


def _strict(node: Any) -> Any:
    if isinstance(node, list):
        return [_strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {name: _strict(value) for name, value in node.items() if name not in DROPPED}
    for named in ("properties", "$defs"):  # a field may be called `title`
        if named in node:
            plain[named] = {name: _strict(value) for name, value in node[named].items()}
    if "properties" in node:
        plain |= {"additionalProperties": False, "required": list(node["properties"])}
    return plain
