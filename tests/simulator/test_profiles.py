from typing import Any

import openai
import pytest
from pydantic import BaseModel

from simulator.testing import Simulator
from tests.simulator.asking import Client, choice, proposal, small_talk

OPEN_SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
CLOSED_SCHEMA = {**OPEN_SCHEMA, "additionalProperties": False}
OPTIONAL_SCHEMA = {**CLOSED_SCHEMA, "required": []}
EVERYTHING = {"seed": 1, "presence_penalty": 0, "max_tokens": 500, "guided_json": {}}


def asks_for(schema: dict[str, Any]) -> dict[str, Any]:
    wanted = {"name": "answer", "strict": True, "schema": schema}
    return {"response_format": {"type": "json_schema", "json_schema": wanted}}


@pytest.mark.parametrize(
    ("profile", "fields", "status"),
    [
        ("simulator", EVERYTHING, 200),
        ("vllm", EVERYTHING, 200),
        ("ollama", EVERYTHING, 200),
        ("openai", {"seed": 1, "presence_penalty": 0, "max_completion_tokens": 500}, 200),
        ("openai", {"guided_json": {}}, 400),
        ("openai", asks_for(CLOSED_SCHEMA), 200),
        ("openai", asks_for(OPEN_SCHEMA), 400),
        ("openai", asks_for(OPTIONAL_SCHEMA), 400),
        ("vllm", asks_for(OPTIONAL_SCHEMA), 200),
        ("gemini", {"temperature": 0.2, "max_tokens": 500, "reasoning_effort": "low"}, 200),
        ("gemini", asks_for(OPEN_SCHEMA), 200),
        ("gemini", {"seed": 1}, 400),
        ("gemini", {"presence_penalty": 0}, 400),
    ],
)
async def test_what_a_provider_accepts(
    simulator: Simulator, client: Client, profile: str, fields: dict[str, Any], status: int
) -> None:
    simulator.set(profile=profile)

    assert (await client.ask(small_talk(**fields))).status_code == status


async def test_gemini_puts_its_error_into_a_list(simulator: Simulator, client: Client) -> None:
    simulator.set(profile="gemini")

    (body,) = (await client.ask(small_talk(seed=1))).json()

    assert body["error"]["status"] == "INVALID_ARGUMENT"
    assert (
        body["error"]["message"] == 'Invalid JSON payload received. Unknown name "seed": Cannot find field.'
    )


async def test_json_mode_of_openai_needs_the_word(simulator: Simulator, client: Client) -> None:
    simulator.set(profile="openai")

    async def ask(words: str) -> int:
        body = small_talk(words, response_format={"type": "json_object"})
        return (await client.ask(body)).status_code

    assert [await ask("Say hello."), await ask("Say hello in JSON.")] == [400, 200]


@pytest.mark.parametrize(
    ("profile", "field", "reason"),
    [
        ("simulator", "max_tokens", "length"),
        ("openai", "max_completion_tokens", "length"),
        ("gemini", "max_completion_tokens", "length"),
        ("ollama", "max_tokens", "length"),
        ("ollama", "max_completion_tokens", "stop"),
    ],
)
async def test_a_limit_cuts_the_answer_where_the_provider_reads_it(
    simulator: Simulator, client: Client, profile: str, field: str, reason: str
) -> None:
    simulator.set(profile=profile)

    response = await client.ask({**proposal(), field: 10})

    assert choice(response)["finish_reason"] == reason
    assert (response.json()["usage"]["completion_tokens"] == 10) == (reason == "length")


class Verdict(BaseModel):
    label: str
    scores: list[float]


async def test_the_client_library_parses_a_schema_answer_under_the_strictest_profile(
    simulator: Simulator,
) -> None:
    simulator.set(profile="openai")

    async with openai.AsyncOpenAI(base_url=simulator.base_url, api_key="none", max_retries=0) as client:
        completion = await client.chat.completions.parse(
            model="gpt-4o", messages=[{"role": "user", "content": "Judge."}], response_format=Verdict
        )

    assert completion.choices[0].message.parsed == Verdict(label="simulated", scores=[])
