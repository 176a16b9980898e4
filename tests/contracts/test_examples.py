"""The corpus: every example ever published must be readable for ever."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contracts.deal import read_deal
from contracts.deals import DealPublished
from contracts.registry import EVENTS, Contract
from contracts.tools.corpus import Example, examples
from contracts.tools.places import EXAMPLES, SCHEMAS
from tests.contracts.feeds import PLAIN

CORPUS = [example for contract in EVENTS for example in examples(contract)]

every_example = pytest.mark.parametrize(
    "example", CORPUS, ids=lambda example: f"{example.contract.topic}/{example.name}"
)


@every_example
def test_an_example_is_read_and_written_again_without_loss(example: Example) -> None:
    event = example.event
    written = event.canonical()

    assert holds(json.loads(written), example.document)
    assert example.contract.event.read(written) == event
    assert example.contract.event.read(written).event_id == event.event_id


@every_example
def test_an_example_fits_the_published_schema(example: Example) -> None:
    """The schema is a promise of its own: other languages read it, not our code."""
    schema = json.loads((SCHEMAS / f"{example.contract.topic}.json").read_text())
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)

    validator.validate(example.document)
    validator.validate(json.loads(example.event.canonical()))


@pytest.mark.parametrize("contract", EVENTS, ids=lambda contract: contract.topic)
def test_an_event_has_examples_with_the_least_and_with_everything(contract: Contract) -> None:
    found = {example.name: example.document for example in examples(contract)}
    fields = contract.event.model_fields

    assert set(found["minimal"]) == {name for name, field in fields.items() if field.is_required()}
    assert set(found["full"]) == set(fields)


def test_every_file_of_the_corpus_belongs_to_an_event() -> None:
    plain = set((EXAMPLES / "deal.published.v1" / "plain").iterdir())

    assert set(EXAMPLES.rglob("*.json")) == {example.path for example in CORPUS} | plain


def test_the_plain_deal_of_the_requirement_becomes_the_event_beside_it() -> None:
    folder = EXAMPLES / "deal.published.v1"
    plain = (folder / "plain" / "requirement_001.json").read_bytes()

    assert json.loads(plain) == PLAIN
    assert DealPublished(deal=read_deal(plain)) == DealPublished.read(
        (folder / "from_plain.json").read_bytes()
    )


def holds(new: Any, old: Any) -> bool:
    """Whether everything that was said is still said; fields that came later may stand beside it."""
    if isinstance(old, dict):
        return all(name in new and holds(new[name], value) for name, value in old.items())
    if isinstance(old, list):
        return len(new) == len(old) and all(map(holds, new, old))
    return bool(new == old)
