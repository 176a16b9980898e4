import asyncio
import json
from time import perf_counter
from typing import Any

import httpx2
import openai
import pytest

from contracts import InvalidEvent, loads
from simulator.behaviour import FaultKind
from simulator.testing import Simulator
from tests.simulator.asking import Client, about, choice, content, proposal, small_talk, strike, until

IDS = {f"bidswitch.com/000{number}" for number in range(6)}
RESPONSE_FORMAT = {"type": "json_object"}


def ids(answer: Any) -> list[str]:
    return [deal_id for package in answer["packages"] for deal_id in package["deal_ids"]]


async def until_idle(simulator: Simulator) -> None:
    async def idle() -> bool:
        return simulator.in_flight == 0

    await until(idle)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("429", 429, "rate_limit_exceeded"),
        ("429_without_retry_after", 429, "rate_limit_exceeded"),
        ("500", 500, None),
        ("503", 503, None),
        ("400", 400, None),
        ("401", 401, "invalid_api_key"),
        ("403", 403, "model_not_allowed"),
        ("context_too_long", 400, "context_length_exceeded"),
    ],
)
async def test_a_provider_that_refuses(
    simulator: Simulator, client: Client, kind: str, status: int, code: str | None
) -> None:
    strike(simulator, kind)

    response = await client.ask(proposal())

    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert [(each.status, each.fault) for each in simulator.requests()] == [(status, kind)]


async def test_retry_after_is_said_only_when_wanted(simulator: Simulator, client: Client) -> None:
    strike(simulator, "429", retry_after_seconds=2.5)
    assert (await client.ask(proposal())).headers["retry-after"] == "2.5"

    strike(simulator, "429_without_retry_after")
    assert "retry-after" not in (await client.ask(proposal())).headers


async def test_a_response_format_that_is_not_supported(simulator: Simulator, client: Client) -> None:
    strike(simulator, "unsupported_response_format")

    refused = await client.ask(proposal(response_format=RESPONSE_FORMAT))
    plain = await client.ask(proposal())

    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "response_format")
    assert plain.status_code == 200


async def test_a_connection_that_breaks_off_half_way(simulator: Simulator, client: Client) -> None:
    strike(simulator, "reset", first_n=1)

    with pytest.raises(httpx2.RemoteProtocolError, match="without sending complete message"):
        await client.ask(proposal())
    assert (await client.ask(proposal())).status_code == 200


async def test_the_client_library_calls_a_broken_connection_a_connection_error(simulator: Simulator) -> None:
    strike(simulator, "reset")

    async with openai.AsyncOpenAI(base_url=simulator.base_url, api_key="none", max_retries=0) as client:
        with pytest.raises(openai.APIConnectionError):
            await client.chat.completions.create(
                model="gpt-4o", messages=[{"role": "user", "content": "Hello"}]
            )


async def test_a_hang_lasts_until_the_caller_gives_up(simulator: Simulator, client: Client) -> None:
    strike(simulator, "hang")

    with pytest.raises(httpx2.ReadTimeout):
        await client.ask(proposal(), timeout=0.3)

    assert [(each.status, each.fault) for each in simulator.requests()] == [(None, "hang")]
    await until_idle(simulator)


async def test_a_hang_ends_some_time(simulator: Simulator, client: Client) -> None:
    strike(simulator, "hang", seconds=0.1)

    assert (await client.ask(proposal())).status_code == 504


async def test_a_slow_drip_outlives_a_read_timeout_and_ends_in_the_answer(
    simulator: Simulator, client: Client
) -> None:
    good = await client.answer(proposal())
    strike(simulator, "slow_drip", seconds=2)

    began = perf_counter()
    response = await client.ask(proposal(), timeout=httpx2.Timeout(30, read=1))

    assert perf_counter() - began >= 2
    assert json.loads(content(response)) == good


async def test_a_slow_drip_stops_when_the_caller_is_gone(simulator: Simulator, client: Client) -> None:
    strike(simulator, "slow_drip")

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await client.ask(proposal())

    await until_idle(simulator)


async def test_a_truncated_answer_says_so(simulator: Simulator, client: Client) -> None:
    strike(simulator, "truncated")

    response = await client.ask(proposal())

    assert choice(response)["finish_reason"] == "length"
    with pytest.raises(json.JSONDecodeError):
        json.loads(content(response))


async def test_an_empty_answer(simulator: Simulator, client: Client) -> None:
    strike(simulator, "empty")

    assert content(await client.ask(proposal())) == ""


async def test_a_refusal_has_words_and_no_content(simulator: Simulator, client: Client) -> None:
    strike(simulator, "refusal")

    message = choice(await client.ask(proposal()))["message"]

    assert message["content"] is None
    assert "can't help" in message["refusal"]


async def test_a_content_filter_is_the_reason_to_stop(simulator: Simulator, client: Client) -> None:
    strike(simulator, "content_filter")

    assert choice(await client.ask(proposal()))["finish_reason"] == "content_filter"


async def test_invalid_json(simulator: Simulator, client: Client) -> None:
    strike(simulator, "invalid_json")

    with pytest.raises(json.JSONDecodeError):
        json.loads(content(await client.ask(proposal())))


async def test_a_name_that_appears_twice_is_noticed_by_a_strict_reader_alone(
    simulator: Simulator, client: Client
) -> None:
    good = await client.answer(proposal())
    strike(simulator, "duplicate_json_names")

    text = content(await client.ask(proposal()))

    assert json.loads(text) == good
    with pytest.raises(InvalidEvent, match="packages"):
        loads(text)


async def test_markdown_fences_surround_the_good_answer(simulator: Simulator, client: Client) -> None:
    good = await client.answer(proposal())
    strike(simulator, "markdown_fences")

    before, fenced, after = content(await client.ask(proposal())).split("```")

    assert json.loads(fenced.removeprefix("json")) == good
    assert before
    assert after


async def test_numbers_become_strings(simulator: Simulator, client: Client) -> None:
    schema = {"type": "object", "properties": {"count": {"type": "integer"}}, "required": ["count"]}
    body = small_talk(response_format={"type": "json_schema", "json_schema": {"name": "n", "schema": schema}})
    strike(simulator, "numbers_as_strings")

    assert await client.answer(body) == {"count": "0"}


async def test_extra_fields_are_added_at_every_level(simulator: Simulator, client: Client) -> None:
    strike(simulator, "extra_fields")

    answer = await client.answer(proposal())

    assert "confidence" in answer
    assert "confidence" in answer["packages"][0]
    assert set(ids(answer)) == IDS


async def test_the_wrong_language_keeps_ids(simulator: Simulator, client: Client) -> None:
    strike(simulator, "wrong_language")

    answer = await client.answer(proposal())

    assert "Sprache" in answer["packages"][0]["reasoning"]
    assert set(ids(answer)) == IDS


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [("invented_ids", (1, 0, 0)), ("missing_ids", (0, 1, 0)), ("repeated_ids", (0, 0, 1))],
)
async def test_ids_that_are_wrong(
    simulator: Simulator, client: Client, kind: str, wrong: tuple[int, int, int]
) -> None:
    strike(simulator, kind)

    named = ids(await client.answer(proposal()))

    invented, missing = set(named) - IDS, IDS - set(named)
    assert (len(invented), len(missing), len(named) - len(set(named))) == wrong


@pytest.mark.parametrize(("kind", "change"), [("invented_ids", 1), ("missing_ids", -1), ("repeated_ids", 1)])
async def test_ids_are_wrong_among_the_excluded_where_there_is_no_package(
    simulator: Simulator, client: Client, kind: str, change: int
) -> None:
    strike(simulator, kind)

    answer = await client.answer(proposal(about("Automotive", range(2))))

    assert answer["packages"] == []
    assert len(answer["excluded"]) == 2 + change


@pytest.mark.parametrize("kind", list(FaultKind))
async def test_every_fault_leaves_the_simulator_working(
    simulator: Simulator, client: Client, kind: FaultKind
) -> None:
    body = small_talk(response_format=RESPONSE_FORMAT)
    good = await client.ask(body)
    strike(simulator, kind, first_n=1, seconds=0.1)

    await asyncio.gather(client.ask(body), return_exceptions=True)

    assert (await client.ask(body)).content == good.content
    assert [each.fault for each in simulator.requests()] == [None, kind, None]
