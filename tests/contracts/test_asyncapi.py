"""The documents that follow from the contracts: valid, whole, and in step with the code."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from contracts.registry import EVENTS, STAGES, STORED, Contract, received_by, sent_by
from contracts.tools import asyncapi, reference
from contracts.tools.corpus import examples
from contracts.tools.generated import Generated, settle
from contracts.tools.headers import example_headers
from contracts.tools.places import REFERENCE
from runtime.envelope import seal

Document = dict[str, Any]

META = json.loads((Path(__file__).parent / "asyncapi_3_0.json").read_text())

every_contract = pytest.mark.parametrize("contract", EVENTS, ids=lambda contract: contract.topic)


@pytest.fixture(scope="module")
def document() -> Document:
    return asyncapi.document()


def test_the_document_is_asyncapi(document: Document) -> None:
    Draft7Validator.check_schema(META)

    assert [error.message for error in Draft7Validator(META).iter_errors(document)] == []


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda d: d.update(asyncapi="2.6.0"), id="another version"),
        pytest.param(lambda d: d["info"].pop("version"), id="no version of its own"),
        pytest.param(
            lambda d: d["operations"]["packager.receives.cluster.formed.v1"].update(action="read"),
            id="action",
        ),
        pytest.param(
            lambda d: d["operations"]["packager.receives.cluster.formed.v1"].update(
                channel="cluster.formed.v1"
            ),
            id="a channel that is no reference",
        ),
        pytest.param(
            lambda d: d["channels"]["cluster.formed.v1"]["bindings"]["kafka"].update(partitions=0),
            id="partitions",
        ),
        pytest.param(
            lambda d: d["channels"]["cluster.formed.v1"]["bindings"]["kafka"]["topicConfiguration"].update(
                {"cleanup.policy": "delete"}
            ),
            id="cleanup policy",
        ),
        pytest.param(
            lambda d: d["components"]["schemas"]["ClusterFormed"].update(type="thing"),
            id="a type of no schema",
        ),
        pytest.param(
            lambda d: d["components"]["schemas"]["Terms"].update(prefixItems=[]), id="a word of a later draft"
        ),
    ],
)
def test_the_check_would_find_what_is_not_asyncapi(
    document: Document, spoil: Callable[[Document], Any]
) -> None:
    spoiled = deepcopy(document)
    spoil(spoiled)

    assert not Draft7Validator(META).is_valid(spoiled)


def test_every_reference_leads_somewhere(document: Document) -> None:
    found = set(references(document))

    assert len(found) > len(EVENTS)
    for pointer in found:
        assert isinstance(resolve(document, pointer), dict), pointer


def test_every_schema_is_used(document: Document) -> None:
    used = {pointer.rpartition("/")[2] for pointer in references(document)}

    assert set(document["components"]["schemas"]) <= used


@every_contract
def test_every_event_is_in_the_document(document: Document, contract: Contract) -> None:
    name = contract.event.__name__
    channel = document["channels"][contract.topic]
    message = document["components"]["messages"][name]

    assert channel["address"] == contract.topic
    assert channel["messages"] == {name: {"$ref": f"#/components/messages/{name}"}}
    assert message["name"] == contract.topic
    assert set(document["components"]["schemas"][name]["properties"]) == set(contract.event.model_fields)


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_has_its_operations(document: Document, stage: str) -> None:
    ours = {
        operation["channel"]["$ref"].removeprefix("#/channels/"): operation
        for name, operation in document["operations"].items()
        if name.startswith(f"{stage}.receives.")
    }

    assert set(ours) == {contract.topic for contract in received_by(stage)}
    assert all(operation["action"] == "receive" for operation in ours.values())
    assert all(operation["bindings"]["kafka"]["groupId"]["const"] == stage for operation in ours.values())
    assert {f"{stage}.sends.{contract.topic}" for contract in sent_by(stage)} <= set(document["operations"])


def test_an_operation_names_messages_of_its_own_channel(document: Document) -> None:
    for operation in document["operations"].values():
        channel = resolve(document, operation["channel"]["$ref"])
        for message in operation["messages"]:
            assert message["$ref"].startswith(operation["channel"]["$ref"])
            assert resolve(document, message["$ref"]) in channel["messages"].values()


@every_contract
def test_every_example_fits_its_message(document: Document, contract: Contract) -> None:
    message = document["components"]["messages"][contract.event.__name__]
    payload = validator(document, message["payload"])
    headers = validator(document, message["headers"])

    assert len(message["examples"]) == len(list(examples(contract))) >= 2
    for example in message["examples"]:
        payload.validate(example["payload"])
        headers.validate(example["headers"])


@every_contract
def test_a_reader_that_checks_by_the_document_accepts_later_fields_and_no_wrong_ones(
    document: Document, contract: Contract
) -> None:
    message = document["components"]["messages"][contract.event.__name__]
    payload = validator(document, message["payload"])
    example = message["examples"][0]["payload"]

    assert payload.is_valid({**example, "a_field_of_tomorrow": {"b": 1}})
    assert not payload.is_valid({**example, "tenant": "../other"})
    assert not payload.is_valid({})


@every_contract
def test_the_headers_are_those_that_the_runtime_writes(document: Document, contract: Contract) -> None:
    event = next(examples(contract)).event
    written = seal(event, source=contract.producers[0], traceparent=None).headers
    shown = example_headers(contract, event)
    changing = {"ce_time", "traceparent"}

    assert {name: value for name, value in shown.items() if name not in changing} == {
        name: value for name, value in written.items() if name not in changing
    }
    assert shown.keys() == written.keys()
    described = validator(document, document["components"]["messages"][contract.event.__name__]["headers"])
    described.validate(written)


def test_items_as_they_now_are_stand_on_compacted_topics(document: Document) -> None:
    policies = {
        topic: channel["bindings"]["kafka"]["topicConfiguration"]["cleanup.policy"]
        for topic, channel in document["channels"].items()
    }

    assert policies.pop("deal.published.v1") == ["compact"]
    assert policies.pop("product.published.v1") == ["compact"]
    assert policies.pop("order.placed.v1") == ["compact"]
    assert all(policy == ["delete"] for policy in policies.values())


def test_the_committed_documents_are_those_of_the_code() -> None:
    assert asyncapi.main(["--check"]) == 0
    assert reference.main(["--check"]) == 0


def test_a_document_out_of_date_fails_the_check_and_is_written_without_it(tmp_path: Path) -> None:
    file = Generated(tmp_path / "docs" / "events.md", "new\n")

    assert settle([file], check=True, command="any") == 1
    assert not file.path.exists()
    assert settle([file], check=False, command="any") == 0
    assert settle([file], check=True, command="any") == 0
    file.path.write_text("edited by hand\n")
    assert settle([file], check=True, command="any") == 1


def test_the_reference_has_a_section_for_every_name_it_links_to() -> None:
    text = (REFERENCE / "events.md").read_text()
    headings = {line.removeprefix("### ").lower() for line in text.splitlines() if line.startswith("### ")}
    links = {part.partition(")")[0] for part in text.split("](#")[1:]}

    assert links <= headings
    assert {contract.event.__name__.lower() for contract in EVENTS} <= headings
    assert {stored.entity.__name__.lower() for stored in STORED} <= headings


def test_every_field_of_an_event_stands_in_its_table() -> None:
    text = (REFERENCE / "events.md").read_text()
    for contract in EVENTS:
        section = text.partition(f"\n### {contract.event.__name__}\n")[2].partition("\n### ")[0]
        for field in contract.event.model_fields:
            assert f"| `{field}` |" in section, (contract.topic, field)


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    if isinstance(part, list):
        for value in part:
            yield from references(value)


def resolve(document: Document, pointer: str) -> Any:
    found: Any = document
    for step in pointer.removeprefix("#/").split("/"):
        found = found[step]
    return found


def validator(document: Document, schema: Document) -> Draft7Validator:
    """References of the schema lead into the document."""
    return Draft7Validator({**schema, "components": document["components"]})
