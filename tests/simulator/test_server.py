import asyncio
import json
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import httpx2
import pytest

from simulator import MODEL, prompt_sha256
from simulator.journal import MOST_REQUESTS, Journal
from simulator.question import Message
from simulator.testing import Simulator, running
from tests.simulator.asking import Client, about, content, proposal, request, small_talk, until


async def test_the_same_question_gives_the_same_bytes_from_another_server(
    client: Client, http: httpx2.AsyncClient
) -> None:
    first = await client.ask(proposal())
    async with running() as another:
        second = await Client(another.base_url, http).ask(proposal())

    assert first.content == second.content
    assert first.status_code == 200


async def test_every_answer_names_the_simulator_and_counts_tokens(client: Client) -> None:
    body = proposal(model="gpt-4o")

    answer = (await client.ask(body)).json()

    prompt = len("\n".join(message["content"] for message in body["messages"]))
    assert answer["model"] == MODEL == "assort-simulator-1"
    assert answer["system_fingerprint"]
    assert answer["usage"]["prompt_tokens"] == -(-prompt // 4)
    assert answer["usage"]["total_tokens"] == prompt // 4 + answer["usage"]["completion_tokens"] + (
        prompt % 4 > 0
    )


async def test_a_repair_question_gets_the_answer_to_the_first_question(client: Client) -> None:
    body = proposal()
    good = await client.answer(body)
    repair = [
        {"role": "assistant", "content": "nonsense"},
        {"role": "user", "content": 'Not JSON. Look at <data name="deals"> again.'},
    ]

    assert await client.answer({**body, "messages": body["messages"] + repair}) == good


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(request("guess", []), "enrich_package, extract_taxonomy", id="unknown prompt"),
        pytest.param(small_talk(stream=True), "does not stream", id="stream"),
        pytest.param({"model": "m"}, "messages: Field required", id="no messages"),
        pytest.param({"model": "m", "messages": []}, "messages", id="empty messages"),
        pytest.param(proposal(["no deal"]), "no deal_id", id="a deal without an id"),
        pytest.param(
            {"model": "m", "messages": [{"role": "system", "content": '<prompt name="propose_packages"/>'}]},
            'no block <data name="deals">',
            id="no data",
        ),
        pytest.param(
            request("propose_packages", [], words='<data name="deals">\n{"deal_id\n</data>'),
            "line 1 of the data 'deals' is not JSON",
            id="data that is not JSON",
        ),
    ],
)
async def test_a_question_that_cannot_be_answered_is_told_why(
    client: Client, body: dict[str, Any], words: str
) -> None:
    response = await client.ask(body)

    assert response.status_code == 400
    assert words in response.json()["error"]["message"]


async def test_a_body_that_is_not_json_is_refused(simulator: Simulator, http: httpx2.AsyncClient) -> None:
    response = await http.post(f"{simulator.base_url}/chat/completions", content=b"\xff{")

    assert response.status_code == 400


async def test_text_in_parts_is_read_like_text(client: Client) -> None:
    whole = small_talk("Say hello.")
    parts = [{"type": "text", "text": "Say "}, {"type": "text", "text": "hello."}]
    split = {**whole, "messages": [{"role": "user", "content": parts}]}

    assert content(await client.ask(whole)) == content(await client.ask(split))


async def test_what_was_received_is_listed(simulator: Simulator, client: Client) -> None:
    body = proposal()
    await client.ask(body)
    await client.ask(small_talk())

    first, second = simulator.requests()

    messages = [Message.model_validate(message) for message in body["messages"]]
    assert first.prompt_sha256 == prompt_sha256(messages)
    assert (first.name, first.model, first.status, first.fault) == ("propose_packages", "gpt-4o", 200, None)
    assert second.name is None
    assert first.at <= second.at


async def test_an_answer_in_the_conversation_does_not_change_the_sha256_of_the_prompt() -> None:
    asked = [Message(role="system", content="s"), Message(role="user", content="u")]

    assert prompt_sha256([*asked, Message(role="assistant", content="a")]) == prompt_sha256(asked)


def test_the_list_of_requests_forgets_the_oldest() -> None:
    journal = Journal()
    for number in range(MOST_REQUESTS + 1):
        journal.note(prompt_sha256=str(number), name=None, model="m", status=200, fault=None)

    kept = [each.prompt_sha256 for each in journal]
    assert (len(kept), kept[0]) == (MOST_REQUESTS, "1")


async def test_behaviour_is_read_and_changed_over_http(
    simulator: Simulator, client: Client, http: httpx2.AsyncClient
) -> None:
    levers = f"{simulator.address}/admin"
    await http.post(f"{levers}/behaviour", json={"latency": 0.01})
    changed = await http.post(f"{levers}/behaviour", json={"faults": [{"kind": "500"}]})
    assert (await client.ask(proposal())).status_code == 500
    assert changed.json() == (await http.get(f"{levers}/behaviour")).json()
    assert (changed.json()["latency_seconds"], changed.json()["faults"][0]["kind"]) == (0.01, "500")
    assert [each["fault"] for each in (await http.get(f"{levers}/requests")).json()] == ["500"]

    await http.post(f"{levers}/reset")

    assert (await http.get(f"{levers}/requests")).json() == []
    assert (await client.ask(proposal())).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"faults": [{"kind": "magic"}]}, id="unknown fault"),
        pytest.param({"latency_seconds": -1}, id="negative"),
        pytest.param({"lateny_seconds": 1}, id="misspelt"),
        pytest.param([], id="no object"),
    ],
)
async def test_behaviour_that_makes_no_sense_is_refused_and_changes_nothing(
    simulator: Simulator, http: httpx2.AsyncClient, change: Any
) -> None:
    before = (await http.get(f"{simulator.address}/admin/behaviour")).json()

    response = await http.post(f"{simulator.address}/admin/behaviour", json=change)

    assert response.status_code == 422
    assert (await http.get(f"{simulator.address}/admin/behaviour")).json() == before


async def test_a_key_is_required_if_one_was_set(http: httpx2.AsyncClient) -> None:
    async with running(api_key="open sesame") as simulator:
        client = Client(simulator.base_url, http)
        statuses = [
            (await client.ask(proposal(), headers=headers)).status_code
            for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Bearer open sesame"})
        ]

    assert statuses == [401, 401, 200]
    assert "sesame" not in repr(simulator.requests())


async def test_models_and_health(simulator: Simulator, http: httpx2.AsyncClient) -> None:
    models = (await http.get(f"{simulator.base_url}/models")).json()
    health = (await http.get(f"{simulator.address}/healthz")).json()

    assert [model["id"] for model in models["data"]] == [MODEL]
    assert health == {"status": "ok", "in_flight": 0, "peak_in_flight": 0}


async def test_two_hundred_callers_wait_at_the_same_time_on_little_processor_time(
    simulator: Simulator, client: Client
) -> None:
    simulator.set(latency_seconds=1.5)
    began, busy = perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_utime

    answers = await asyncio.gather(*(client.ask(small_talk(f"caller {n}")) for n in range(200)))

    assert {answer.status_code for answer in answers} == {200}
    assert simulator.peak_in_flight > 150
    assert perf_counter() - began < 20  # one after the other: 300 seconds
    assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - busy < 5  # callers included


async def test_jitter_adds_to_the_latency_and_is_the_same_for_the_same_prompt(
    simulator: Simulator, client: Client
) -> None:
    simulator.set(jitter_seconds=0.4)

    async def took(words: str) -> float:
        began = perf_counter()
        await client.ask(small_talk(words))
        return perf_counter() - began

    times = await asyncio.gather(*(took(f"caller {n}") for n in range(30)))

    slowest = times.index(max(times))
    assert max(times) - min(times) > 0.19
    assert await took(f"caller {slowest}") > 0.19  # a timer may come a moment early


async def test_an_answer_is_not_held_back_by_the_network(client: Client) -> None:
    times = []
    for _ in range(21):
        began = perf_counter()
        await client.ask(proposal(about("Automotive", range(25))))
        times.append(perf_counter() - began)

    assert median(times) < 0.03  # a delayed acknowledgement alone takes 0.04


@asynccontextmanager
async def process(*flags: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "simulator", *flags),
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.communicate()


async def first_line(started: asyncio.subprocess.Process) -> Any:
    assert started.stdout is not None
    async with asyncio.timeout(30):
        return json.loads(await started.stdout.readline())


async def test_a_process_says_where_it_listens_and_ends_at_once_while_a_call_hangs(
    tmp_path: Path, http: httpx2.AsyncClient
) -> None:
    port_file = tmp_path / "port"
    async with process(
        "--port", "0", "--port-file", str(port_file), "--faults", '[{"kind": "hang"}]'
    ) as started:
        line = await first_line(started)
        hanging = asyncio.create_task(Client(line["base_url"], http).ask(proposal()))

        async def hangs() -> bool:
            return bool((await http.get(f"{line['address']}/healthz")).json()["in_flight"])

        await until(hangs)
        assert port_file.read_text() == f"{line['port']}\n"

        started.send_signal(signal.SIGTERM)
        async with asyncio.timeout(5):
            assert await started.wait() == 0
        await asyncio.wait([hanging])


async def test_the_environment_sets_a_process_up_and_flags_win(http: httpx2.AsyncClient) -> None:
    async with process(
        "--latency", "0.5", SIMULATOR_LATENCY="2", SIMULATOR_PROFILE="gemini", SIMULATOR_API_KEY="key"
    ) as started:
        line = await first_line(started)
        behaviour = (await http.get(f"{line['address']}/admin/behaviour")).json()
        refused = await Client(line["base_url"], http).ask(proposal())

    assert (behaviour["latency_seconds"], behaviour["profile"]) == (0.5, "gemini")
    assert refused.status_code == 401


async def test_a_flag_that_makes_no_sense_ends_the_process_with_words() -> None:
    async with process("--latency", "-3") as started:
        _, complaint = await started.communicate()

    assert started.returncode == 1
    assert b"latency_seconds" in complaint
