"""Whatever the order, however often: events that come in any way lead to the same state."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import Event
from local import Endpoints
from runtime import RuntimeSettings
from tests.faults.homes import NO_FLOOD, Home, at_home
from tests.faults.probing import drawn
from tests.runtime.probe import ItemSeen, NumbersListed, build

NAMES = ("a", "b", "c")
# Two runs with their manifests, a run without members, items: children before parents are among the orders.
EVENTS: Sequence[Event] = (
    *(drawn(name, place) for place, name in enumerate(NAMES)),
    NumbersListed(run_id="RUN_1", names=NAMES),
    *(drawn(name, place, run="RUN_2") for place, name in enumerate(NAMES[:2])),
    NumbersListed(run_id="RUN_2", names=NAMES[:2]),
    NumbersListed(run_id="RUN_3", names=()),
    ItemSeen(name="x"),
    ItemSeen(name="y"),
)
STATE = (
    "select run_id, revision, name, number from doubled order by 1, 2, 3, 4",
    "select name from seen order by 1",
    "select run_id, revision, state, expected from run order by 1, 2",
    "select run_id, revision, member_id, state, made_by, expected from member order by 1, 2, 3",
    "select event_id, name, state, crashes from inbox order by 1",
    "select event_id, topic, key, value from outbox order by 1",
    "select count(*) from dead_letter",
)


@pytest.fixture(scope="module")
def home(servers: Endpoints) -> Iterator[Home]:
    with at_home(servers, build(RuntimeSettings(**NO_FLOOD))) as home:
        yield home


@pytest.fixture(scope="module")
def ordered(home: Home) -> list[list[Any]]:
    home.clear()
    home.take([home.sealed(event) for event in EVENTS])
    home.work()
    return _state(home)


@st.composite
def deliveries(draw: st.DrawFn) -> list[list[Event]]:
    """Every event at least once, some of them again, in any order, in batches; between them work is done."""
    events = draw(st.permutations([*EVENTS, *draw(st.lists(st.sampled_from(EVENTS), max_size=8))]))
    cuts = sorted(draw(st.lists(st.integers(0, len(events)), max_size=4)))
    edges = zip([0, *cuts], [*cuts, len(events)], strict=True)
    return [list(events[start:end]) for start, end in edges]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(batches=deliveries())
def test_any_order_with_repetitions_leads_to_the_state_of_one_ordered_delivery(
    home: Home, ordered: list[list[Any]], batches: list[list[Event]]
) -> None:
    home.clear()
    for batch in batches:
        home.take([home.sealed(event) for event in batch])
        home.work()
    assert _state(home) == ordered


def _state(home: Home) -> list[list[Any]]:
    return [home.rows(query) for query in STATE]
