import json
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, BeforeValidator, Field, create_model

from contracts import Entity
from contracts.registry import EVENTS, STORED
from contracts.tools import snapshots
from contracts.tools.compatibility import Change, Rule, breaking_changes
from contracts.tools.places import SCHEMAS

Fields = dict[str, Any]


class Inner(Entity):
    size: int = 1


class InnerWithMore(Entity):
    size: int = 1
    colour: str = "red"


class InnerWithLess(Entity):
    weight: int = 1


BASE: Fields = {
    "name": (str, ...),
    "amount": (Annotated[float, Field(ge=0, le=10)] | None, None),
    "kind": (Literal["a", "b"], "a"),
    "words": (Annotated[tuple[str, ...], Field(max_length=5)], ()),
    "code": (Annotated[str, Field(pattern="^[a-z]+$")], "x"),
    "inner": (Inner, Inner()),
    "counts": (dict[str, int], {}),
}


def schema(fields: Fields) -> dict[str, Any]:
    model = create_model("Thing", __base__=Entity, **fields)
    return snapshots.schema_of(model, "thing.v1")


def changes(new: Fields, old: Fields = BASE) -> list[Change]:
    return breaking_changes(schema(old), schema(new))


def without(name: str) -> Fields:
    return {field: kind for field, kind in BASE.items() if field != name}


@pytest.mark.parametrize(
    "new",
    [
        pytest.param(BASE, id="nothing"),
        pytest.param({**BASE, "more": (int, 3)}, id="an optional field with a default"),
        pytest.param({**BASE, "more": (int | None, None)}, id="a default of null"),
        pytest.param({**BASE, "name": (str, Field(description="Better words."))}, id="a description"),
        pytest.param(
            {**BASE, "inner": (InnerWithMore, InnerWithMore())}, id="an optional field further down"
        ),
        pytest.param(dict(reversed(BASE.items())), id="another order of the fields"),
    ],
)
def test_a_compatible_change_is_allowed(new: Fields) -> None:
    assert changes(new) == []


@pytest.mark.parametrize(
    ("new", "path", "rule"),
    [
        pytest.param(without("amount"), "$.amount", "field_removed", id="an optional field is removed"),
        pytest.param(without("name"), "$.name", "field_removed", id="a required field is removed"),
        pytest.param(
            {**BASE, "more": (int, ...)}, "$.more", "required_added", id="a required field is added"
        ),
        pytest.param(
            {**BASE, "kind": (Literal["a", "b"], ...)},
            "$.kind",
            "required_added",
            id="a field becomes required",
        ),
        pytest.param(
            {**BASE, "name": (str, "")}, "$.name", "required_dropped", id="a field becomes optional"
        ),
        pytest.param(
            {**BASE, "more": (list[int], Field(default_factory=list))},
            "$.more",
            "default_missing",
            id="a field is added without saying its default",
        ),
        pytest.param(
            {**BASE, "kind": (Literal["a", "b"], "b")}, "$.kind", "default_changed", id="a default changes"
        ),
        pytest.param(
            {**BASE, "inner": (Inner, Inner(size=2))},
            "$.inner",
            "default_changed",
            id="a default further down",
        ),
        pytest.param(
            {**BASE, "name": (str | None, ...)}, "$.name", "type_widened", id="null is newly allowed"
        ),
        pytest.param(
            {**BASE, "amount": (Annotated[float, Field(ge=0, le=10)], 0)},
            "$.amount",
            "type_narrowed",
            id="null is no longer allowed",
        ),
        pytest.param(
            {**BASE, "name": (int, ...)}, "$.name", "type_narrowed", id="another type: the old is gone"
        ),
        pytest.param(
            {**BASE, "name": (int, ...)}, "$.name", "type_widened", id="another type: the new is unknown"
        ),
        pytest.param(
            {**BASE, "kind": (Literal["a", "b", "c"], "a")}, "$.kind", "value_added", id="a value is added"
        ),
        pytest.param(
            {**BASE, "kind": (Literal["a"], "a")}, "$.kind", "value_removed", id="a value is removed"
        ),
        pytest.param({**BASE, "kind": (str, "a")}, "$.kind", "value_added", id="any value is newly allowed"),
        pytest.param(
            {**BASE, "name": (Literal["x"], ...)}, "$.name", "value_removed", id="only one value is allowed"
        ),
        pytest.param(
            {**BASE, "amount": (Annotated[float, Field(ge=0, le=9)] | None, None)},
            "$.amount",
            "constraint_tightened",
            id="a maximum falls",
        ),
        pytest.param(
            {**BASE, "amount": (Annotated[float, Field(ge=1, le=10)] | None, None)},
            "$.amount",
            "constraint_tightened",
            id="a minimum rises",
        ),
        pytest.param(
            {**BASE, "amount": (Annotated[float, Field(ge=0, le=11)] | None, None)},
            "$.amount",
            "constraint_loosened",
            id="a maximum rises",
        ),
        pytest.param(
            {**BASE, "words": (tuple[str, ...], ())}, "$.words", "constraint_loosened", id="a limit is gone"
        ),
        pytest.param(
            {**BASE, "name": (Annotated[str, Field(max_length=9)], ...)},
            "$.name",
            "constraint_tightened",
            id="a limit is new",
        ),
        pytest.param(
            {**BASE, "code": (Annotated[str, Field(pattern="^[a-z]*$")], "x")},
            "$.code",
            "pattern_changed",
            id="a pattern",
        ),
        pytest.param(
            {**BASE, "words": (Annotated[tuple[int, ...], Field(max_length=5)], ())},
            "$.words[]",
            "type_narrowed",
            id="the members of a list",
        ),
        pytest.param(
            {**BASE, "counts": (dict[str, str], {})}, "$.counts{}", "type_narrowed", id="the values of a map"
        ),
        pytest.param(
            {**BASE, "inner": (InnerWithLess, InnerWithLess())},
            "$.inner.size",
            "field_removed",
            id="a field further down is removed",
        ),
    ],
)
def test_a_breaking_change_is_named(new: Fields, path: str, rule: Rule) -> None:
    assert (path, rule) in [(change.path, change.rule) for change in changes(new)]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ({"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}, "format_changed"),
        ({"type": "array"}, {"type": "array", "uniqueItems": True}, "keyword_changed"),
        ({"additionalProperties": False}, {"additionalProperties": True}, "keyword_changed"),
        ({"anyOf": [{"type": "string"}]}, {"oneOf": [{"type": "null"}, {"type": "string"}]}, "type_widened"),
    ],
)
def test_a_keyword_without_a_rule_of_its_own_may_not_change(
    old: dict[str, Any], new: dict[str, Any], rule: Rule
) -> None:
    assert [change.rule for change in breaking_changes(old, new)] == [rule]


def test_a_field_that_was_once_added_cannot_be_taken_away_again() -> None:
    """Why comparing with the version before is comparing with all: what is published only ever grows."""
    grown = {**BASE, "more": (int, 3)}

    assert changes(grown) == []
    assert [change.rule for change in changes(BASE, old=grown)] == ["field_removed"]


def test_a_schema_that_holds_itself_is_compared_to_its_end() -> None:
    tree = {
        "$ref": "#/$defs/Tree",
        "$defs": {"Tree": {"type": "object", "properties": {"left": {"$ref": "#/$defs/Tree"}}}},
    }

    assert breaking_changes(tree, tree) == []


def test_a_change_says_what_where_and_why() -> None:
    [change] = changes(without("amount"))

    assert str(change) == "$.amount: readers of today still look for it (field_removed)"


def test_limits_are_told_in_keywords_of_json_schema() -> None:
    """Behind a validator pydantic names them in its own way, which no other reader understands."""
    plain = BeforeValidator(lambda value: value)
    fields = schema(
        {
            "share": (Annotated[float, plain, Field(ge=0, lt=1)], 0),
            "names": (
                Annotated[tuple[str, ...], AfterValidator(lambda value: value), Field(max_length=9)],
                (),
            ),
            "le": (dict[str, int], {"ge": 3}),
        }
    )["properties"]

    assert (fields["share"]["minimum"], fields["share"]["exclusiveMaximum"]) == (0, 1)
    assert fields["names"]["maxItems"] == 9
    assert "maxLength" not in fields["names"]
    assert fields["le"]["default"] == {"ge": 3}


def test_the_committed_snapshots_are_those_of_the_code() -> None:
    assert snapshots.main(["--check"]) == 0


def test_every_contract_has_its_snapshot_and_no_other_is_there() -> None:
    names = {path.stem for path in SCHEMAS.rglob("*.json")}

    assert names == {contract.topic for contract in EVENTS} | {stored.name for stored in STORED}


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A folder that holds what is published now."""
    assert snapshots.main([], tmp_path) == 0
    return tmp_path


def test_a_missing_snapshot_is_found_by_the_check_and_written_without_it(published: Path) -> None:
    lost = published / "cluster.formed.v1.json"
    body = lost.read_bytes()
    lost.unlink()

    assert snapshots.main(["--check"], published) == 1
    assert not lost.exists()
    assert snapshots.main([], published) == 0
    assert lost.read_bytes() == body


def test_a_snapshot_behind_a_compatible_change_is_brought_up_to_date(published: Path) -> None:
    path = published / "cluster.formed.v1.json"
    body = path.read_text()
    edit(path, lambda schema: schema["properties"].pop("budget_usd"))

    assert snapshots.main(["--check"], published) == 1
    assert snapshots.main([], published) == 0
    assert path.read_text() == body


def test_a_breaking_change_is_refused_with_what_to_do_instead(published: Path) -> None:
    path = published / "cluster.formed.v1.json"
    edit(path, lambda schema: schema["properties"].update(colour={"type": "string", "default": "red"}))
    body = path.read_bytes()
    told: list[str] = []

    assert snapshots.main([], published, tell=told.append) == 1
    assert path.read_bytes() == body
    assert told == [
        (
            "refused: cluster.formed.v1 $.colour: readers of today still look for it (field_removed). "
            "Leave it as it is and add cluster.formed.v2"
        )
    ]


def test_a_published_version_cannot_leave_the_registry(published: Path) -> None:
    (published / "cluster.split.v1.json").write_text("{}")
    told: list[str] = []

    assert snapshots.main([], published, tell=told.append) == 1
    assert [line.partition(";")[0] for line in told] == [
        "refused: cluster.split.v1: published, but no longer in the registry"
    ]


def edit(path: Path, change: Any) -> None:
    schema = json.loads(path.read_text())
    change(schema)
    path.write_text(json.dumps(schema))
