from typing import Any

import pytest
from jsonschema import Draft202012Validator

from simulator.schema import minimal

NUMBERS = {
    "type": "object",
    "properties": {
        "above": {"type": "integer", "minimum": 3},
        "below": {"type": "integer", "maximum": -3},
        "open_below": {"type": "number", "exclusiveMinimum": 1},
        "open_above": {"type": "integer", "exclusiveMaximum": 0},
        "free": {"type": "number"},
    },
    "required": ["above", "below", "open_below", "open_above", "free"],
}


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param({"type": "string", "minLength": 20}, id="a long string"),
        pytest.param({"type": "string", "maxLength": 2}, id="a short string"),
        pytest.param(NUMBERS, id="numbers with limits"),
        pytest.param({"enum": ["a", "b"]}, id="a choice"),
        pytest.param({"const": 7}, id="a constant"),
        pytest.param({"type": "array", "items": {"type": "boolean"}, "minItems": 2}, id="an array"),
        pytest.param({"anyOf": [{"type": "integer"}, {"type": "null"}]}, id="an option"),
        pytest.param({"type": ["string", "null"]}, id="two types"),
        pytest.param({"$ref": "#/$defs/Deal", "$defs": {"Deal": {"type": "string"}}}, id="a reference"),
        pytest.param({}, id="anything"),
    ],
)
def test_the_smallest_instance_is_valid(schema: dict[str, Any]) -> None:
    Draft202012Validator(schema).validate(minimal(schema))


def test_a_schema_that_requires_itself_ends() -> None:
    endless = {
        "type": "object",
        "properties": {"next": {"$ref": "#"}},
        "required": ["next"],
    }

    assert "next" in minimal(endless)


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param({"type": "array", "items": {"type": "string"}, "minItems": 10**12}, id="a huge array"),
        pytest.param({"type": "string", "minLength": 10**12}, id="a huge string"),
    ],
)
def test_a_schema_for_something_huge_stays_small(schema: dict[str, Any]) -> None:
    assert len(minimal(schema)) <= 1_000
