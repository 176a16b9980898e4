"""Ranking data on one machine: who is asked for queries, and how often."""

import asyncio
import inspect
import json
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from contracts import WorkFailed
from ranker.data_gen import LLMClient, generate_synthetic_training_data
from ranking.graph.sample import write_sample
from simulator.testing import Simulator, running
from tests.ranker.working import DRY, OUTPUT, ask, body, made_by, names, ran, records
from tests.until import until


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a graph where it is looked for."""
    write_sample(tmp_path / "data/raw", platforms=20)
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def test_a_model_is_asked_once_about_each_cluster_and_another_run_asks_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running(latency_seconds=0.02) as simulator:
        ask(monkeypatch, simulator.base_url, LLM_CONCURRENCY="4")
        await ran("--clusters", "12", "--seed", "1")
        assert asked(simulator) == 12
        assert simulator.peak_in_flight == 4
        await ran("--clusters", "12", "--seed", "1", "--output", "again.json")
        await ran("--clusters", "12", "--seed", "1", "--output", "away.json", "--answers", "other")
        assert len(simulator.requests()) == 24
    assert made_by(records()) == {"model"}
    assert body() == body("again.json") == body("away.json")
    assert {"var", "other"} <= names()


async def test_a_dry_run_asks_nobody_and_keeps_no_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as simulator:
        ask(monkeypatch, simulator.base_url)
        await ran(*DRY)
        assert simulator.requests() == []
    assert "var" not in names()


async def test_more_clusters_cost_only_what_was_not_asked_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as simulator:
        ask(monkeypatch, simulator.base_url)
        await ran("--clusters", "6", "--seed", "1")
        await ran("--clusters", "9", "--seed", "1", "--existing", str(OUTPUT), "--output", "more.json")
        assert asked(simulator) == len(simulator.requests()) == 15


async def test_a_killed_run_goes_on_without_asking_again_and_gives_the_same_bytes(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    argv = ("--clusters", "8", "--seed", "1")
    killing = here / "failpoints"
    killing.mkdir()
    async with running(latency_seconds=0.2) as simulator:
        ask(monkeypatch, simulator.base_url, LLM_CONCURRENCY="1", ASSORT_FAILPOINTS=str(killing))
        dying = await started(*argv)
        await until(partial(has_heard, simulator, 3), what="three questions")
        (killing / "before_call").touch()
        assert await dying.wait() == -signal.SIGKILL
        assert 3 <= len(simulator.requests()) < 8
        assert "data/processed" not in names("data/*")
        assert await (await started(*argv)).wait() == 0
        assert asked(simulator) == len(simulator.requests()) == 8
        await ran(*argv, "--answers", "others", "--output", "undisturbed.json")
    assert body() == body("undisturbed.json")


async def started(*argv: str) -> asyncio.subprocess.Process:
    quiet = asyncio.subprocess.DEVNULL
    line = ("-m", "ranker.data_gen", *argv)
    return await asyncio.create_subprocess_exec(sys.executable, *line, stdout=quiet, stderr=quiet)


async def has_heard(simulator: Simulator, number: int) -> bool:
    return len(simulator.requests()) >= number


def asked(simulator: Simulator) -> int:
    """How many different questions there were."""
    return len({one.prompt_sha256 for one in simulator.requests()})


@dataclass
class Client:
    """Writes what it is told to, and keeps what it was asked."""

    says: Callable[[int], object]
    asked: list[tuple[str, str]] = field(default_factory=list)

    def complete_json(self, system: str, user: str) -> object:
        self.asked.append((system, user))
        return self.says(len(self.asked))


def five(number: int) -> list[str]:
    """Of the words of the themes: what is found of them is another matter."""
    things = ("dental clinics", "software for freight", "solar panels", "fresh bread", "language courses")
    return [f"{thing} of kind {number} near {place}" for thing, place in zip(things, "abcde", strict=True)]


def test_the_head_of_the_function_is_that_of_the_requirement() -> None:
    head = inspect.signature(generate_synthetic_training_data)
    assert [(one.name, one.annotation, one.default) for one in head.parameters.values()] == [
        ("num_clusters", int, 50),
        ("queries_per_cluster", int, 3),
        ("negatives_per_query", int, 2),
        ("seed", int | None, None),
        ("llm_client", LLMClient | None, None),
    ]
    assert head.return_annotation == list[dict[str, Any]]


@pytest.mark.parametrize(
    "spelt",
    [
        pytest.param(five, id="array"),
        pytest.param(lambda number: {"queries": five(number)}, id="object"),
        pytest.param(lambda number: json.dumps(five(number)), id="array as JSON"),
        pytest.param(lambda number: json.dumps({"queries": five(number)}), id="object as JSON"),
    ],
)
def test_a_client_writes_the_queries_however_it_spells_them(spelt: Callable[[int], object]) -> None:
    client = Client(spelt)
    found = generate_synthetic_training_data(20, seed=1, llm_client=client)
    assert len(client.asked) == 20
    assert made_by(found) == {"model"}
    assert {one["query"] for one in found} <= {text for number in range(1, 21) for text in five(number)}
    assert generate_synthetic_training_data(20, seed=1, llm_client=Client(five)) == found


def test_a_client_is_shown_the_members_of_a_cluster_and_how_many_queries_are_wanted() -> None:
    client = Client(five)
    generate_synthetic_training_data(2, 3, seed=1, llm_client=client)
    system, user = client.asked[0]
    assert "write what somebody would have typed" in system
    assert user.startswith("Write exactly 5 queries.")
    assert '<data name="members">' in user


@pytest.mark.parametrize(
    "nonsense",
    [
        pytest.param(None, id="nothing"),
        pytest.param([], id="no query"),
        pytest.param("no JSON", id="no JSON"),
        pytest.param({"queries": ["a", {}]}, id="no texts"),
        pytest.param([object()], id="no values"),
    ],
)
def test_a_client_whose_answers_are_of_no_use_is_told_so(nonsense: object) -> None:
    with pytest.raises(WorkFailed, match="complete_json has to return an array of queries"):
        generate_synthetic_training_data(2, seed=1, llm_client=Client(lambda _: nonsense))


def test_what_a_client_raises_comes_through() -> None:
    def broken(_: int) -> object:
        raise ConnectionError("the line is dead")

    with pytest.raises(ConnectionError, match="the line is dead"):
        generate_synthetic_training_data(2, seed=1, llm_client=Client(broken))


async def test_without_a_client_the_function_returns_what_the_command_writes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running() as simulator:
        ask(monkeypatch, simulator.base_url)
        found = await asyncio.to_thread(generate_synthetic_training_data, 5, 2, 1, 9)
        argv = ("--clusters", "5", "--queries-per-cluster", "2", "--negatives-per-query", "1", "--seed", "9")
        await ran(*argv)
        assert len(simulator.requests()) == 5
    assert found == records()


def test_without_a_client_and_a_key_the_function_says_what_to_set() -> None:
    with pytest.raises(WorkFailed, match="set GEMINI_API_KEY or LLM_API_KEY"):
        generate_synthetic_training_data(2, seed=1)
