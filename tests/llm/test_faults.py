"""Everything that the simulator can do to us: who is at fault, what is paid, what is kept."""

import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from contracts import Blocked, Unavailable, WorkFailed
from llm import Ledger, Prompt
from simulator.testing import running
from tests.llm.conftest import Opened
from tests.llm.deals import deal_prompt, deal_question


@pytest.fixture
def prompt(tmp_path: Path) -> Prompt:
    return deal_prompt(tmp_path)


def fault(kind: str, **other: Any) -> dict[str, Any]:
    return {"faults": [{"kind": kind, **other}]}


async def statuses(pool: asyncpg.Pool) -> list[tuple[str, str | None]]:
    rows = await pool.fetch("select status, error_code from llm.llm_interaction_index order by attempt")
    return [(row["status"], row["error_code"]) for row in rows]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("429_without_retry_after", "http_429"),
        ("500", "http_500"),
        ("503", "http_503"),
        ("reset", "connection"),
    ],
)
async def test_a_world_that_was_wrong_is_asked_again(
    *, opened: Opened, prompt: Prompt, tenant: str, pool: asyncpg.Pool, kind: str, code: str
) -> None:
    async with running(**fault(kind, first_n=2)) as simulator, opened(simulator.base_url) as model:
        answered = await model.ask(deal_question(prompt, tenant))
    assert answered.attempts == 3
    assert await statuses(pool) == [("failed", code), ("failed", code), ("answered", None)]


@pytest.mark.parametrize("kind", ["429_without_retry_after", "500", "503", "reset"])
async def test_a_world_that_stays_wrong_is_left_to_the_queue(
    opened: Opened, prompt: Prompt, tenant: str, kind: str
) -> None:
    async with running(**fault(kind)) as simulator, opened(simulator.base_url) as model:
        with pytest.raises(Unavailable):
            await model.ask(deal_question(prompt, tenant))
        assert len(simulator.requests()) == 3


async def test_retry_after_is_honoured_by_everybody(opened: Opened, prompt: Prompt, tenant: str) -> None:
    async with (
        running(**fault("429", first_n=1, retry_after_seconds=1)) as simulator,
        opened(simulator.base_url) as model,
        opened(simulator.base_url) as another_worker,
    ):
        began = time.monotonic()
        await model.ask(deal_question(prompt, tenant))
        assert time.monotonic() - began >= 1
        simulator.set(faults=[{"kind": "429", "first_n": 1, "retry_after_seconds": 40}])
        with pytest.raises(Unavailable) as told:
            await model.ask(deal_question(prompt, tenant, cluster=1))
        assert told.value.retry_after_seconds == 40
        seen = len(simulator.requests())
        with pytest.raises(Unavailable) as waits:
            await another_worker.ask(deal_question(prompt, tenant, cluster=2))
        assert 30 < (waits.value.retry_after_seconds or 0) <= 40
        assert len(simulator.requests()) == seen


@pytest.mark.parametrize("kind", ["hang", "slow_drip"])
async def test_a_call_ends_at_its_deadline_and_stays_charged(
    *, opened: Opened, prompt: Prompt, tenant: str, ledger: Ledger, pool: asyncpg.Pool, kind: str
) -> None:
    async with (
        running(**fault(kind, seconds=30)) as simulator,
        opened(simulator.base_url, llm_transport_retries=0) as model,
    ):
        began = time.monotonic()
        with pytest.raises(Unavailable, match="timeout"):
            await model.ask(deal_question(prompt, tenant, timeout_seconds=0.5))
        assert time.monotonic() - began < 3
    assert await statuses(pool) == [("failed", "timeout")]
    assert (await ledger.spending(tenant, "RUN_1")).spent_usd > 0


async def test_a_provider_that_is_not_there_costs_nothing(
    opened: Opened, prompt: Prompt, tenant: str, ledger: Ledger
) -> None:
    async with opened("http://127.0.0.1:9/v1") as model:
        with pytest.raises(Unavailable, match="connection"):
            await model.ask(deal_question(prompt, tenant))
    assert (await ledger.spending(tenant, "RUN_1")).spent_usd == 0


@pytest.mark.parametrize("kind", ["401", "403"])
async def test_a_provider_that_lets_nobody_in_blocks(
    opened: Opened, prompt: Prompt, tenant: str, kind: str
) -> None:
    async with running(**fault(kind)) as simulator, opened(simulator.base_url) as model:
        with pytest.raises(Blocked):
            await model.ask(deal_question(prompt, tenant))
        assert len(simulator.requests()) == 1


async def test_a_profile_that_needs_a_key_blocks_without_one(
    opened: Opened, prompt: Prompt, tenant: str
) -> None:
    async with running() as simulator, opened(simulator.base_url, llm_profile="gemini") as model:
        with pytest.raises(Blocked, match="LLM_API_KEY"):
            await model.ask(deal_question(prompt, tenant))
        assert simulator.requests() == []


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("400", "bad_request"),
        ("context_too_long", "context_too_long"),
        ("refusal", "refusal"),
        ("content_filter", "content_filter"),
    ],
)
async def test_what_asking_again_would_not_change_is_asked_once(
    opened: Opened, prompt: Prompt, tenant: str, kind: str, code: str
) -> None:
    async with running(**fault(kind)) as simulator, opened(simulator.base_url) as model:
        with pytest.raises(WorkFailed) as failed:
            await model.ask(deal_question(prompt, tenant))
        assert failed.value.code == code
        assert len(simulator.requests()) == 1


BAD_ANSWERS = ["invalid_json", "empty", "duplicate_json_names", "invented_ids", "missing_ids", "repeated_ids"]


@pytest.mark.parametrize("kind", BAD_ANSWERS)
async def test_a_bad_answer_is_asked_for_again_and_both_are_kept(
    opened: Opened, prompt: Prompt, tenant: str, pool: asyncpg.Pool, kind: str
) -> None:
    async with running(**fault(kind, first_n=1)) as simulator, opened(simulator.base_url) as model:
        answered = await model.ask(deal_question(prompt, tenant))
    assert answered.attempts == 2
    assert await statuses(pool) == [("bad", "bad_answer"), ("answered", None)]


@pytest.mark.parametrize("kind", BAD_ANSWERS)
async def test_answers_that_stay_bad_end_in_a_failure_and_are_never_stored_as_an_answer(
    opened: Opened, prompt: Prompt, tenant: str, pool: asyncpg.Pool, kind: str
) -> None:
    async with running(**fault(kind)) as simulator, opened(simulator.base_url) as model:
        with pytest.raises(WorkFailed, match="bad_answer"):
            await model.ask(deal_question(prompt, tenant))
        assert len(simulator.requests()) == 3
        assert await statuses(pool) == [("bad", "bad_answer")] * 3
        simulator.set(faults=[])
        again = deal_question(prompt, tenant)
        with pytest.raises(WorkFailed, match="bad_answer"):  # the same revision has had its answers
            await model.ask(again)
        assert len(simulator.requests()) == 3


@pytest.mark.parametrize("kind", ["markdown_fences", "numbers_as_strings", "extra_fields"])
async def test_a_spelling_that_loses_nothing_is_accepted(
    opened: Opened, prompt: Prompt, tenant: str, kind: str
) -> None:
    async with running(**fault(kind)) as simulator, opened(simulator.base_url) as model:
        assert (await model.ask(deal_question(prompt, tenant))).attempts == 1


async def test_a_truncated_answer_gets_more_room_once(
    opened: Opened, prompt: Prompt, tenant: str, pool: asyncpg.Pool
) -> None:
    async with running(**fault("truncated", first_n=1)) as simulator, opened(simulator.base_url) as model:
        assert (await model.ask(deal_question(prompt, tenant))).attempts == 2
        simulator.set(faults=[{"kind": "truncated"}])
        with pytest.raises(WorkFailed, match="truncated"):
            await model.ask(deal_question(prompt, tenant, cluster=1))
        assert len(simulator.requests()) == 4
    assert (
        await pool.fetchval("select count(*) from llm.llm_interaction_index where error_code = 'truncated'")
        == 3
    )


async def test_without_room_a_truncated_answer_is_final(opened: Opened, prompt: Prompt, tenant: str) -> None:
    async with (
        running(**fault("truncated")) as simulator,
        opened(simulator.base_url, llm_output_limit=8192) as model,
    ):
        with pytest.raises(WorkFailed, match="truncated"):
            await model.ask(deal_question(prompt, tenant))
        assert len(simulator.requests()) == 1


async def test_a_cost_is_counted_for_every_attempt_that_was_answered(
    opened: Opened, prompt: Prompt, tenant: str, ledger: Ledger, pool: asyncpg.Pool
) -> None:
    async with running(**fault("missing_ids", first_n=2)) as simulator, opened(simulator.base_url) as model:
        answered = await model.ask(deal_question(prompt, tenant))
    row = await pool.fetchrow("select * from read.llm_cost_v1")
    assert row is not None
    assert answered.cost is not None
    assert (row["calls"], row["bad_answers"]) == (3, 2)
    assert row["cost_usd"] == answered.cost.usd > Decimal(0)
    assert (await ledger.spending(tenant, "RUN_1")).spent_usd == answered.cost.usd
