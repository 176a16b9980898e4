"""Write or check the AsyncAPI document of all events: python -m contracts.tools.asyncapi [--check]."""

import inspect
import sys
from importlib.metadata import version
from typing import Any

from pydantic.json_schema import models_json_schema

from contracts.event import MAX_EVENT_BYTES, RunEvent
from contracts.registry import EVENTS, PARTITIONS, STAGES, Contract, participants, received_by, sent_by
from contracts.tools.corpus import Example, examples
from contracts.tools.generated import Generated, pretty, settle, wants_check
from contracts.tools.headers import COMMON, OF_A_RUN, example_headers, headers_schema
from contracts.tools.places import REFERENCE
from contracts.tools.snapshots import with_limits

COMMAND = "contracts.tools.asyncapi"
KAFKA_BINDINGS = "0.5.0"
ABOUT = f"""The events of Assort on Apache Kafka.

Values are JSON in UTF-8 of at most {MAX_EVENT_BYTES} bytes; headers are CloudEvents 1.0 in binary mode.
Writers send the fields of the schema and no others; readers ignore fields that they do not know.
A published version only ever gains optional fields; anything else is a new version on a new topic."""

Document = dict[str, Any]


def document() -> Document:
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Assort events", "version": version("assort-contracts"), "description": ABOUT},
        "defaultContentType": "application/json",
        "channels": {contract.topic: channel(contract) for contract in EVENTS},
        "operations": operations(),
        "components": {
            "messages": {contract.event.__name__: message(contract) for contract in EVENTS},
            "schemas": schemas(),
        },
    }


def channel(contract: Contract) -> Document:
    name = contract.event.__name__
    return {
        "address": contract.topic,
        "title": name,
        "summary": inspect.getdoc(contract.event),
        "description": "Reserved: nobody sends it yet." if contract.reserved else f"Owner: {contract.owner}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "bindings": {"kafka": topic_binding(contract)},
    }


def topic_binding(contract: Contract) -> Document:
    return {
        "topic": contract.topic,
        "partitions": PARTITIONS,
        "topicConfiguration": {"cleanup.policy": ["compact" if contract.compacted else "delete"]},
        "bindingVersion": KAFKA_BINDINGS,
    }


def message(contract: Contract) -> Document:
    name = contract.event.__name__
    of_a_run = issubclass(contract.event, RunEvent)
    headers = "RunEventHeaders" if of_a_run else "EventHeaders"
    return {
        "name": contract.topic,
        "title": name,
        "summary": inspect.getdoc(contract.event),
        "contentType": "application/json",
        "headers": {
            "type": "object",
            "allOf": [{"$ref": f"#/components/schemas/{headers}"}],
            "properties": {"ce_type": {"const": contract.topic}},
        },
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "examples": [message_example(example) for example in examples(contract)],
        "bindings": {"kafka": {"key": key_schema(contract), "bindingVersion": KAFKA_BINDINGS}},
    }


def key_schema(contract: Contract) -> Document:
    first = next(examples(contract))
    words = f"{contract.key}, in UTF-8. Events with equal keys keep their order."
    if contract.compacted:
        words += " The last value of each key is kept; a null value withdraws the item."
    return {"type": "string", "description": words, "examples": [first.event.key]}


def message_example(example: Example) -> Document:
    return {
        "name": example.name,
        "headers": example_headers(example.contract, example.event),
        "payload": example.document,
    }


def operations() -> Document:
    return {
        f"{participant}.{verb}s.{contract.topic}": operation(participant, verb, contract)
        for participant in participants()
        for verb, contracts in (("receive", received_by(participant)), ("send", sent_by(participant)))
        for contract in contracts
    }


def operation(participant: str, action: str, contract: Contract) -> Document:
    name = contract.event.__name__
    described: Document = {
        "action": action,
        "title": f"{participant} {action}s {name}",
        "channel": {"$ref": f"#/channels/{contract.topic}"},
        "messages": [{"$ref": f"#/channels/{contract.topic}/messages/{name}"}],
        "tags": [{"name": participant}],
    }
    if action == "receive" and participant in STAGES:
        group = {"type": "string", "const": participant, "description": "After the prefix of the setting."}
        described["bindings"] = {"kafka": {"groupId": group, "bindingVersion": KAFKA_BINDINGS}}
    return described


def schemas() -> Document:
    _, definitions = models_json_schema(
        [(contract.event, "validation") for contract in EVENTS],
        ref_template="#/components/schemas/{model}",
    )
    named = with_limits(definitions)["$defs"]
    return {
        "EventHeaders": headers_schema(COMMON),
        "RunEventHeaders": headers_schema(COMMON | OF_A_RUN),
        **{name: for_readers(schema) for name, schema in named.items()},
    }


def for_readers(schema: Any) -> Any:
    """As AsyncAPI's dialect (draft 7) says it, and open: a reader ignores what it does not know."""
    if isinstance(schema, list):
        return [for_readers(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema and len(schema) > 1:  # draft 7 ignores what stands beside a reference
        beside = {word: part for word, part in schema.items() if word != "$ref"}
        return {"allOf": [{"$ref": schema["$ref"]}], **for_readers(beside)}
    return {
        "items" if word == "prefixItems" else word: for_readers(part)
        for word, part in schema.items()
        if (word, part) != ("additionalProperties", False)
    }


def main(arguments: list[str]) -> int:
    check = wants_check(arguments, __doc__)
    return settle([Generated(REFERENCE / "asyncapi.json", pretty(document()))], check=check, command=COMMAND)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
