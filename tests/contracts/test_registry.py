import inspect
import re
from collections.abc import Iterator

import pytest

from contracts import Event, RunEvent, Task
from contracts.bundles import BundleGenerated, OrderPlaced
from contracts.deals import DealPublished
from contracts.products import ProductPublished
from contracts.ranking_data import EmbeddingRequested, TextsEmbedded
from contracts.registry import (
    EVENTS,
    PARTITIONS,
    STAGES,
    STORED,
    Contract,
    participants,
    received_by,
    sent_by,
)
from contracts.tools.corpus import examples
from runtime import broker
from runtime.settings import RuntimeSettings

TOPIC = re.compile(r"^[a-z]+(_[a-z]+)*\.[a-z]+\.v[1-9][0-9]*$")
BASES = (Event, RunEvent, Task)

every_contract = pytest.mark.parametrize("contract", EVENTS, ids=lambda contract: contract.topic)


def test_every_event_class_is_in_the_registry() -> None:
    events = event_classes(Event)  # type: ignore[type-abstract] # only its subclasses are looked at
    assert set(events) == {contract.event for contract in EVENTS}


def test_no_topic_and_no_name_stands_twice() -> None:
    topics = [contract.topic for contract in EVENTS]
    names = [contract.event.__name__ for contract in EVENTS] + [stored.entity.__name__ for stored in STORED]

    assert len(topics) == len(set(topics))
    assert len(names) == len(set(names))


@every_contract
def test_a_contract_says_everything(contract: Contract) -> None:
    assert TOPIC.match(contract.topic)
    assert inspect.getdoc(contract.event)
    assert contract.producers
    assert contract.consumers
    assert contract.owner in {*contract.producers, *contract.consumers, "runtime"}


@every_contract
def test_an_example_has_the_key_that_the_registry_states(contract: Contract) -> None:
    for example in examples(contract):
        event = example.event
        parts = dict(event)
        if isinstance(event, DealPublished):
            parts |= dict(event.deal) | {"deal_id": event.deal.id}
        if isinstance(event, ProductPublished):
            parts |= dict(event.product)
        if isinstance(event, OrderPlaced):
            parts |= dict(event.order)
        if isinstance(event, EmbeddingRequested | TextsEmbedded):
            parts |= dict(event.texts)
        if isinstance(event, BundleGenerated):
            parts |= dict(event.bundle)
        assert event.key == "/".join(str(parts[name]) for name in contract.key.split("/")), example.path


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_can_be_commanded_and_can_bury(stage: str) -> None:
    received = {contract.topic for contract in received_by(stage)}
    sent = {contract.topic for contract in sent_by(stage)}

    assert {"run.commanded.v1", "letter.commanded.v1"} <= received
    assert "event.buried.v1" in sent


def test_what_a_stage_sends_somebody_reads_before_the_world_does() -> None:
    """Every event of a run reaches the ledger, so that it can be followed."""
    of_runs = [contract for contract in EVENTS if issubclass(contract.event, RunEvent)]

    assert of_runs
    assert all("ledger" in contract.consumers for contract in of_runs)


def test_participants_begin_with_the_stages_in_the_order_of_the_path() -> None:
    assert participants() == (*STAGES, "api", "cli", "downstream", "operators", "upstream")


def test_the_runtime_makes_topics_as_the_registry_says() -> None:
    ours = {contract.topic for contract in EVENTS}

    assert {contract.topic for contract in EVENTS if contract.compacted} == ours.intersection(
        broker.COMPACTED
    )
    assert RuntimeSettings.model_fields["kafka_partitions"].default == PARTITIONS


def event_classes(base: type[Event]) -> Iterator[type[Event]]:
    for kind in base.__subclasses__():
        if kind.__module__.startswith("contracts.") and kind not in BASES:
            yield kind
        if kind is not Task:
            yield from event_classes(kind)
