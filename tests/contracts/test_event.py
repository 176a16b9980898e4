import json
from random import Random
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts import Entity, Event, InvalidEvent, RunEvent, canonical, derived_id, loads
from contracts.event import MAX_EVENT_BYTES
from contracts.registry import EVENTS, STORED, Contract, Stored
from contracts.runs import RunCommanded
from runtime.envelope import seal
from tests.contracts.values import documents

RUN = "RUN_20260131T120000Z_3f9a2c71"

SomeEntity = TypeVar("SomeEntity", bound=Entity)

unhurried = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
every_contract = pytest.mark.parametrize("contract", EVENTS, ids=lambda contract: contract.topic)


class KettleBoiled(Event):
    topic: ClassVar[str] = "kettle.boiled.v1"

    kettle: str
    degrees: float = 100

    @property
    def entity(self) -> str:
        return self.kettle


class TeaPoured(RunEvent):
    topic: ClassVar[str] = "tea.poured.v1"

    cups: int = 1


def test_a_writer_cannot_send_a_field_that_the_contract_does_not_have() -> None:
    with pytest.raises(ValidationError, match="colour"):
        KettleBoiled.model_validate({"kettle": "blue", "colour": "blue"})


def test_a_reader_ignores_fields_that_it_does_not_know() -> None:
    assert KettleBoiled.read(b'{"kettle":"a","colour":{"name":"blue"}}') == KettleBoiled(kettle="a")


def test_a_reader_ignores_them_further_down_too() -> None:
    body = b'{"run_id":"R","settings":{"clusters":{"seed":3,"shape":"round"},"more":1}}'
    contract = next(contract for contract in EVENTS if contract.topic == "packages.requested.v1")

    assert contract.event.read(body).model_dump()["settings"]["clusters"]["seed"] == 3


def test_an_event_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        KettleBoiled(kettle="a").kettle = "b"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("value", "spelling"),
    [
        ({"b": 1, "a": [1.0, None, True]}, b'{"a":[1.0,null,true],"b":1}'),
        ({"é": '車 </data> "\\\n'}, '{"é":"車 </data> \\"\\\\\\n"}'.encode()),
        (
            {"tiny": 1e-7, "huge": 1e22, "third": 1 / 3},
            b'{"huge":1e+22,"third":0.3333333333333333,"tiny":1e-07}',
        ),
    ],
)
def test_a_value_has_one_spelling(value: Any, spelling: bytes) -> None:
    assert canonical(value) == spelling


def test_the_bytes_of_an_event_are_these() -> None:
    event = TeaPoured(run_id=RUN, cups=2)

    assert event.canonical() == (
        b'{"cups":2,"revision":1,"run_id":"RUN_20260131T120000Z_3f9a2c71","tenant":"main"}'
    )


@pytest.mark.parametrize(
    ("event", "key", "event_id"),
    [
        pytest.param(
            KettleBoiled(kettle="blue"), "main/blue", "ced6ba84-aefa-5b7f-9f03-7be19d20a04d", id="plain"
        ),
        pytest.param(
            KettleBoiled(kettle="blue", tenant="acme"),
            "acme/blue",
            "de363eaf-b2c2-5cbd-8dee-deff4f8ea28d",
            id="tenant",
        ),
        pytest.param(
            KettleBoiled(kettle="車/1"), "main/車/1", "e5488d5b-6569-5b9f-a208-1691a35b1cd8", id="unicode"
        ),
        pytest.param(
            TeaPoured(run_id=RUN), f"main/{RUN}/{RUN}", "8d6afb8f-eff1-5da8-99dd-c01ab344a439", id="run"
        ),
        pytest.param(
            TeaPoured(run_id=RUN, revision=2),
            f"main/{RUN}/{RUN}",
            "aee3a505-a761-51a9-b336-0c1bc508fba1",
            id="revision",
        ),
    ],
)
def test_key_and_id_of_an_event_are_the_same_on_every_machine_for_ever(
    event: Event, key: str, event_id: str
) -> None:
    assert event.key == key
    assert event.event_id == UUID(event_id)


def test_derived_ids_are_the_same_on_every_machine_for_ever() -> None:
    assert derived_id("cluster", ["a", "b"], 7, "é") == UUID("1f00f040-0aae-5954-8600-8cb04fa31791")
    assert derived_id("a", "b") != derived_id("a/b")
    assert derived_id() == UUID("37a44615-11b1-52bc-b3ec-7f64e8587953")


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"cups": 2}, id="content"),
        pytest.param({"tenant": "acme"}, id="tenant"),
        pytest.param({"run_id": "R2"}, id="run"),
        pytest.param({"revision": 2}, id="revision"),
    ],
)
def test_another_fact_has_another_id(other: dict[str, Any]) -> None:
    fact = {"run_id": RUN, "cups": 1}

    assert TeaPoured.model_validate(fact | other).event_id != TeaPoured.model_validate(fact).event_id


@pytest.mark.parametrize(
    "body", ['{"kettle":"a"}', '{"degrees":100,"kettle":"a"}', '{"kettle":"a","degrees":1e2}']
)
def test_the_same_fact_in_another_spelling_has_the_same_id(body: str) -> None:
    assert KettleBoiled.read(body).event_id == KettleBoiled(kettle="a").event_id


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(b"", "json", id="nothing"),
        pytest.param(b"{", "json", id="half"),
        pytest.param(b'{"kettle":"a"} {}', "json", id="two values"),
        pytest.param(b'{"kettle":"a","kettle":"b"}', "json", id="a name twice"),
        pytest.param(b'{"kettle":"a","x":{"y":1,"y":1}}', "json", id="a name twice further down"),
        pytest.param(b'{"kettle":"a","degrees":NaN}', "json", id="NaN"),
        pytest.param(b'{"kettle":"a","degrees":-Infinity}', "json", id="infinity"),
        pytest.param(b'{"kettle":"a","degrees":1e999}', "schema", id="a number beyond all bounds"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, "json", id="nested without end"),
        pytest.param('{"kettle":"é"}'.encode("latin-1"), "encoding", id="Latin-1"),
        pytest.param(b'["kettle"]', "schema", id="a list"),
        pytest.param(b"null", "schema", id="null"),
        pytest.param(b'{"kettle":null}', "schema", id="null where text belongs"),
        pytest.param(b'{"degrees":1}', "schema", id="a field is missing"),
        pytest.param(
            b'{"kettle":"a","x":' + b"1" * 5000 + b"}",
            "json",
            id="a number of 5,000 digits",
        ),
        pytest.param(
            '{"kettle":"a"}'.encode("utf-16"),
            "encoding",
            id="UTF-16",
        ),
        pytest.param(
            b'{"kettle":"\xed\xa0\x80"}',
            "encoding",
            id="half a sign in UTF-8",
        ),
        pytest.param(
            b'{"kettle":"\\ud800"}',
            "schema",
            id="half a sign escaped",
        ),
    ],
)
def test_what_cannot_be_read_is_a_dead_letter(body: bytes, code: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        KettleBoiled.read(body)

    assert refused.value.code == code


def test_a_refusal_names_the_field_and_the_reason() -> None:
    with pytest.raises(InvalidEvent, match=r"^schema: degrees: Input should be a valid number"):
        KettleBoiled.read(b'{"kettle":"a","degrees":"hot"}')


@pytest.mark.parametrize("tenant", ["main", "a", "0", "acme-2_b", "a" * 63])
def test_a_tenant_is_a_short_plain_word(tenant: str) -> None:
    assert KettleBoiled(kettle="a", tenant=tenant).key == f"{tenant}/a"


@pytest.mark.parametrize("tenant", ["", "Main", "-a", "_a", "a/b", "a.b", "ä", "a\n", "a" * 64, "..", "a b"])
def test_any_other_tenant_is_refused(tenant: str) -> None:
    """It is part of every key, row and object prefix: a slash or a dot could lead into another tenant."""
    with pytest.raises(ValidationError):
        KettleBoiled(kettle="a", tenant=tenant)


def test_an_event_may_be_64_kilobytes_and_not_one_more() -> None:
    empty = len(KettleBoiled(kettle="").canonical())
    largest = KettleBoiled(kettle="x" * (MAX_EVENT_BYTES - empty))
    too_large = KettleBoiled(kettle="x" * (MAX_EVENT_BYTES - empty + 1))

    assert len(seal(largest, source="test", traceparent=None).value) == 64 * 1024
    with pytest.raises(InvalidEvent, match="too_large"):
        seal(too_large, source="test", traceparent=None)


def test_size_is_counted_in_bytes() -> None:
    with pytest.raises(InvalidEvent, match="too_large"):
        seal(KettleBoiled(kettle="車" * 30_000), source="test", traceparent=None)


@pytest.mark.parametrize("command", ["cancel", "pause", "resume", "retry"])
def test_only_raising_the_budget_names_a_budget(command: str) -> None:
    with pytest.raises(InvalidEvent, match="budget_usd belongs to raise_budget"):
        RunCommanded.read(json.dumps({"run_id": RUN, "command": command, "budget_usd": 1}))
    with pytest.raises(InvalidEvent, match="budget_usd belongs to raise_budget"):
        RunCommanded.read(json.dumps({"run_id": RUN, "command": "raise_budget"}))


@every_contract
@unhurried
@given(data=st.data(), seed=st.integers())
def test_an_event_survives_writing_and_reading(contract: Contract, data: st.DataObject, seed: int) -> None:
    document = data.draw(documents(contract.event))
    event = read_or_discard(contract.event, document)
    again = contract.event.read(event.canonical())
    reordered = contract.event.read(json.dumps(shuffled(document, Random(seed))))  # noqa: S311 - no secret

    assert again == event
    assert again.canonical() == event.canonical() == reordered.canonical()
    assert (again.event_id, again.key) == (event.event_id, event.key)
    assert reordered.event_id == event.event_id


@pytest.mark.parametrize("stored", STORED, ids=lambda stored: stored.name)
@unhurried
@given(data=st.data())
def test_what_is_stored_survives_writing_and_reading(stored: Stored, data: st.DataObject) -> None:
    entity = read_or_discard(stored.entity, data.draw(documents(stored.entity)))
    again = stored.entity.read(entity.canonical())

    assert again == entity
    assert again.canonical() == entity.canonical()


def read_or_discard(model: type[SomeEntity], document: Any) -> SomeEntity:
    """Rules between fields are not in the schema: a document may break them."""
    try:
        return model.read(json.dumps(document))
    except InvalidEvent:
        assume(condition=False)
        raise


def shuffled(value: Any, chance: Random) -> Any:
    """The same with the fields of every object in another order."""
    if isinstance(value, list):
        return [shuffled(part, chance) for part in value]
    if not isinstance(value, dict):
        return value
    names = list(value)
    chance.shuffle(names)
    return {name: shuffled(value[name], chance) for name in names}


def test_reading_json_keeps_what_is_in_it() -> None:
    assert loads(b'{"a":[1,2.5,null,true,"\xc3\xa9"]}') == {"a": [1, 2.5, None, True, "é"]}
