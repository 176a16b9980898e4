"""The stages as they are built are the pipeline that the registry draws."""

import importlib
import inspect

import pytest

from contracts import Event, Task
from contracts.registry import EVENTS, STAGES, received_by, sent_by
from contracts.runs import EventBuried
from runtime import Stage


@pytest.fixture(params=STAGES)
def stage(request: pytest.FixtureRequest) -> Stage:
    """A stage with nothing behind its ports: wiring looks at none of them."""
    app = importlib.import_module(f"{request.param}.app")
    settings = importlib.import_module(f"{request.param}.settings").Settings()
    _, *ports = inspect.signature(app.build).parameters.values()
    places = [object() for port in ports if port.kind is not port.KEYWORD_ONLY]
    names = {port.name: object() for port in ports if port.kind is port.KEYWORD_ONLY}
    built: Stage = app.build(settings, *places, **names)
    assert built.name == request.param
    return built


def test_a_stage_consumes_what_the_registry_says(stage: Stage) -> None:
    assert topics(stage.consumes) == {contract.topic for contract in received_by(stage.name)}


def test_a_stage_emits_what_the_registry_says(stage: Stage) -> None:
    # Dead letters are the runtime's: no stage names them.
    assert topics(stage.emits) | {EventBuried.topic} == {contract.topic for contract in sent_by(stage.name)}


def test_what_a_stage_gathers_is_an_event_or_a_task_that_it_handles(stage: Stage) -> None:
    assert stage.gathered is None or stage.gathered.topic in stage.routes


def test_every_event_that_a_stage_waits_for_is_sent_by_somebody() -> None:
    for contract in EVENTS:
        assert contract.producers, contract.topic
        assert set(contract.producers) <= {*STAGES, "api", "cli", "upstream"}, contract.topic


def topics(events: set[type[Event]]) -> set[str]:
    return {event.topic for event in events if not issubclass(event, Task)}
