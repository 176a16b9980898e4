"""Whatever bytes arrive, they are taken in or buried: Intake on a real Postgres, without Kafka before it."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import Event
from contracts.deal import read_deal
from contracts.registry import EVENTS
from contracts.runs import EventBuried, LetterCommanded, RunCommanded
from contracts.tools.corpus import Example, examples
from local import Endpoints
from runtime import Arrived, RuntimeSettings, Stage, Taken, Transaction
from runtime.envelope import RawHeaders, seal
from tests.faults.homes import NO_FLOOD, Home, at_home
from tests.faults.probing import drawn
from tests.runtime.probe import ItemSeen, NumberDrawn, NumbersListed, Sightings, build
from tests.samples import deal

TOPICS: Sequence[type[Event]] = (NumberDrawn, NumbersListed, ItemSeen, RunCommanded, LetterCommanded)
NAMES = (
    "ce_id",
    "ce_type",
    "ce_specversion",
    "ce_run",
    "ce_tenant",
    "ce_revision",
    "ce_subject",
    "traceparent",
    "x",
)


@pytest.fixture(scope="module")
def home(servers: Endpoints) -> Iterator[Home]:
    stage = build(RuntimeSettings(**NO_FLOOD))
    with at_home(servers, stage.follows(ItemSeen, follower=Sightings(), plain=_plain)) as home:
        yield home


def _plain(value: bytes) -> ItemSeen:
    """Values without headers are read as upstream's deals are."""
    return ItemSeen(name=read_deal(value).item_id)


VALID = drawn("a", 7).canonical()
DEAL = deal(1).canonical()


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """A sound event with some bytes cut out, put in or changed."""
    value = bytearray(draw(st.sampled_from([VALID, DEAL])))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(value)))
        value[place : place + draw(st.integers(0, 5))] = draw(st.binary(max_size=5))
    return bytes(value)


json_texts = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
).map(lambda value: json.dumps(value).encode())
fields = st.fixed_dictionaries(
    {},
    optional={
        "run_id": st.sampled_from(["RUN_1", "", "a b", "x\0", "R" * 65]) | st.text(max_size=8),
        "revision": st.sampled_from([0, 1, "1", 1.0, 2**31, 2**64, -1, True]) | st.integers(),
        "name": st.text(max_size=20) | st.none(),
        "number": st.integers() | st.floats() | st.text(max_size=4),
        "tenant": st.sampled_from(["main", "Main", "", "a" * 64, "a\0b"]),
        "command": st.sampled_from(["cancel", "retry", "raise_budget", "no such", None]),
        "budget_usd": st.floats(),
        "letter_id": st.text(max_size=40) | st.uuids().map(str),
        "stage": st.just("probe") | st.text(max_size=4),
    },
).map(lambda value: json.dumps(value).encode())
values = st.none() | st.binary(max_size=60) | mangled() | json_texts | fields
headers = st.lists(
    st.tuples(
        st.sampled_from(NAMES) | st.text(max_size=8),
        st.none()
        | st.binary(max_size=20)
        | st.sampled_from([b"RUN_1", b"1", b"99999999999", b"a\0b", b"1.0"]),
    ),
    max_size=4,
)
keys = st.none() | st.binary(max_size=12) | st.just(b"main/a/1")
records = st.tuples(st.sampled_from(TOPICS).map(lambda event: event.topic), values, headers, keys)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(batch=st.lists(records, min_size=1, max_size=6))
def test_any_bytes_are_taken_in_or_buried_each_for_itself(
    home: Home, batch: list[tuple[str, bytes | None, RawHeaders, bytes | None]]
) -> None:
    home.clear()
    sound = drawn("sound")
    raws = [home.raw(topic, value, given, key) for topic, value, given, key in batch]
    home.take([*raws, home.raw(sound.topic, sound.canonical())])

    assert home.value(f"select count(*) from inbox where event_id = '{sound.event_id}'") == 1
    buried = home.rows("select place, value, key, code, headers from dead_letter")
    letters = {place: letter for place, *letter in buried}
    told = [EventBuried.read(value) for (value,) in home.rows("select value from outbox")]
    assert sorted(letter.place for letter in told) == sorted(letters)
    for raw in raws:
        if raw.place in letters:
            value, key, code, given = letters[raw.place]
            assert (value, key, bool(code)) == (raw.value, raw.key, True)
            assert len(json.loads(given)) == len(raw.headers)
    works = home.value("select count(*) from inbox")
    seen = home.value("select count(*) from seen")
    assert works + seen + len(letters) <= len(raws) + 1  # repeated ones and withdrawals leave no row
    home.take(raws)  # and once more: nothing changes
    assert home.value("select count(*) from inbox") == works
    assert home.value("select count(*) from dead_letter") == len(letters)


class Notes:
    """Follows everything, and keeps what it was given."""

    def __init__(self) -> None:
        self.arrived: list[Arrived[Any]] = []

    async def record(self, tx: Transaction, batch: Sequence[Arrived[Any]]) -> Taken:
        self.arrived += batch
        return Taken()


CORPUS = [example for contract in EVENTS for example in examples(contract)]
NEWER = {"field_of_a_later_version": {"deep": [1]}}


@pytest.fixture(scope="module")
def reader(servers: Endpoints) -> Iterator[tuple[Home, Notes]]:
    notes = Notes()
    stage = Stage("probe", RuntimeSettings(**NO_FLOOD))
    for contract in EVENTS:
        stage.follows(contract.event, follower=notes)
    with at_home(servers, stage) as home:
        yield home, notes


@pytest.mark.parametrize("example", CORPUS, ids=lambda each: f"{each.contract.topic}/{each.name}")
def test_every_version_ever_published_is_taken_in_also_with_fields_of_a_later_one(
    reader: tuple[Home, Notes], example: Example
) -> None:
    home, notes = reader
    sealed = seal(example.event, source="test", traceparent=None)
    given = [(name, value.encode()) for name, value in sealed.headers.items()]
    later = json.dumps({**example.document, **NEWER}).encode()
    notes.arrived.clear()
    home.take([home.raw(sealed.topic, value, given) for value in (sealed.value, later)])
    assert [one.event for one in notes.arrived] == [example.event, example.event]


@pytest.mark.parametrize("contract", EVENTS, ids=lambda contract: contract.topic)
def test_another_major_version_and_a_missing_field_are_buried(
    reader: tuple[Home, Notes], contract: Any
) -> None:
    home, notes = reader
    [example] = [each for each in examples(contract) if each.name == "minimal"]
    topic, body = contract.topic, json.dumps(example.document).encode()
    newer = topic.rpartition(".v")[0] + ".v99"
    notes.arrived.clear()
    home.clear()
    home.take([home.raw(topic, body, [("ce_type", newer.encode())]), home.raw(topic, b'{"tenant": "NO"}')])

    codes = [code for (code,) in home.rows("select code from dead_letter order by code")]
    assert codes == ["schema", "version"]
    assert notes.arrived == []
