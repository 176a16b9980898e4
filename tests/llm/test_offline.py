"""A language model without a database: its answers lie in a folder, limits hold within the process."""

import asyncio
import json
import time
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest

from contracts import OverBudget, Unavailable
from llm import Budget, Call, LanguageModel, LlmSettings, MemoryLedger, Prompt, open_offline
from llm.bucket import Limits
from llm.offline import LocalSlots
from objects import FolderObjects
from tests.llm.questions import GOOD, fruit_prompt, question
from tests.llm.scripted import refuse, say, scripted

CALL = Call(tenant="main", run_id="RUN_1", stage="packager", interaction_type="package_proposal")
CENT = Decimal("0.01")
PAID = Decimal("0.000055")  # 100 tokens in, 10 out, at the price of gemini-2.5-flash


@pytest.fixture
def prompt(tmp_path: Path) -> Prompt:
    return fruit_prompt(tmp_path)


@pytest.fixture
def answers(tmp_path: Path) -> FolderObjects:
    return FolderObjects(tmp_path / "answers")


def settings(base_url: str) -> LlmSettings:
    return LlmSettings(llm_profile="vllm", llm_base_url=base_url, llm_transport_retries=0)


async def test_what_a_process_was_answered_the_next_one_finds_in_the_folder(
    prompt: Prompt, answers: FolderObjects
) -> None:
    async with scripted(say(GOOD)) as provider:
        for run_id in ("RUN_1", "RUN_2"):
            model = open_offline(settings(provider.base_url), answers)
            answered = await model.ask(question(prompt, "main", run_id=run_id))
            await model.close()
            assert [group.name for group in answered.value.groups] == ["Citrus", "Berries"]
        assert len(provider.received) == 1
    assert answered.from_store


async def test_a_stored_answer_needs_neither_network_nor_key(prompt: Prompt, answers: FolderObjects) -> None:
    async with scripted(say(GOOD)) as provider:
        model = open_offline(settings(provider.base_url), answers)
        first = await model.ask(question(prompt, "main"))
        await model.close()
    model = open_offline(LlmSettings(llm_profile="gemini"), answers)
    assert (await model.ask(question(prompt, "main"))).value == first.value
    await model.close()


async def test_a_bad_answer_is_not_paid_for_again_by_whoever_goes_on(
    prompt: Prompt, answers: FolderObjects
) -> None:
    async with scripted(say("no JSON"), refuse(500), say(GOOD)) as provider:
        model = open_offline(settings(provider.base_url), answers)
        with pytest.raises(Unavailable):
            await model.ask(question(prompt, "main"))
        await model.close()
        model = open_offline(settings(provider.base_url), answers)
        await model.ask(question(prompt, "main"))
        await model.close()
        assert [len(request["messages"]) for request in provider.received] == [2, 4, 4]


async def test_every_attempt_has_a_file_and_a_row_and_its_price(
    prompt: Prompt, answers: FolderObjects
) -> None:
    ledger = MemoryLedger()
    async with scripted(say("no JSON"), say(GOOD)) as provider:
        model = LanguageModel(settings(provider.base_url), answers, ledger)
        await model.ask(question(prompt, "main"))
        await model.ask(question(prompt, "main"))
        await model.close()
    files = await answers.list("llm_logs/RUN_1/package_proposal/")
    assert sorted(ledger.rows) == files
    assert sorted((row.status, row.cached) for row in ledger.rows.values()) == [
        ("answered", False),
        ("answered", True),
        ("bad", False),
    ]
    for path, row in ledger.rows.items():
        assert json.loads(await answers.get(path))["metadata"]["status"] == row.status
    assert (await ledger.spending("main", "RUN_1")).spent_usd == 2 * PAID


async def test_a_run_spends_no_more_than_its_budget_however_many_ask_at_once(
    prompt: Prompt, answers: FolderObjects
) -> None:
    ledger = MemoryLedger()
    async with scripted(say(GOOD)) as provider:
        model = LanguageModel(settings(provider.base_url), answers, ledger)
        asked = [question(prompt, "main", sample=n, budget_usd="0.05") for n in range(20)]
        ended = await asyncio.gather(*map(model.ask, asked), return_exceptions=True)
        await model.close()
        refused = [one for one in ended if isinstance(one, OverBudget)]
        assert 0 < len(refused) == 20 - len(provider.received)
    assert (await ledger.spending("main", "RUN_1")).spent_usd <= Decimal("0.05")


async def test_settling_frees_what_was_not_needed_and_twice_is_once() -> None:
    ledger, call_id = MemoryLedger(), uuid4()
    await ledger.reserve(call_id, CALL, CENT, Budget(CENT), 60)
    with pytest.raises(OverBudget, match=r"has spent 0\.01 of 0\.01 USD; the next call could cost 0\.005"):
        await ledger.reserve(uuid4(), CALL, CENT / 2, None, 60)
    for _ in range(2):
        await ledger.settle(call_id, CENT / 4)
    await ledger.reserve(uuid4(), CALL, CENT / 2, None, 60)
    assert (await ledger.spending("main", "RUN_1")).spent_usd == CENT * 3 / 4


async def test_what_nobody_knows_the_price_of_stays_charged_as_it_was_reserved() -> None:
    ledger, call_id = MemoryLedger(), uuid4()
    await ledger.reserve(call_id, CALL, CENT, None, 60)
    await ledger.settle(call_id, None)
    await ledger.settle(uuid4(), CENT)
    assert (await ledger.spending("main", "RUN_1")).spent_usd == CENT


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        pytest.param(CENT, "LLM_PRICES_FILE", id="price unknown"),
        pytest.param(Decimal(0), "has spent 0 of 0 USD", id="nothing may be spent"),
    ],
)
async def test_with_a_limit_an_unknown_price_is_refused(limit: Decimal, words: str) -> None:
    ledger = MemoryLedger()
    await ledger.set_limit("main", "RUN_1", limit)
    with pytest.raises(OverBudget, match=words):
        await ledger.reserve(uuid4(), CALL, None, Budget(CENT), 60)


async def test_no_more_calls_at_once_than_allowed_and_none_is_sent_away() -> None:
    slots, inside, most = LocalSlots(Limits(concurrency=3), longest_wait_seconds=0), 0, 0

    async def call() -> None:
        nonlocal inside, most
        async with slots.slot(10, 5):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(call() for _ in range(20)))
    assert most == 3


@pytest.mark.parametrize(
    "limits",
    [
        pytest.param(Limits(concurrency=100, requests_per_minute=600), id="requests"),
        pytest.param(Limits(concurrency=100, tokens_per_minute=6000), id="tokens"),
    ],
)
async def test_calls_are_spread_over_the_minute(limits: Limits) -> None:
    """Ten a second."""
    slots, began = LocalSlots(limits, longest_wait_seconds=5), time.monotonic()

    async def call() -> None:
        async with slots.slot(10, 5):
            pass

    await asyncio.gather(*(call() for _ in range(6)))
    assert 0.4 < time.monotonic() - began < 3


async def test_tokens_that_were_not_used_are_given_back() -> None:
    slots = LocalSlots(Limits(concurrency=1, tokens_per_minute=60), longest_wait_seconds=5)
    async with asyncio.timeout(5):
        for _ in range(2):
            async with slots.slot(3600, 5) as slot:
                slot.used_tokens = 0


async def test_everybody_waits_as_long_as_the_provider_says() -> None:
    slots = LocalSlots(Limits(concurrency=8), longest_wait_seconds=5)
    async with slots.slot(10, 5) as slot:
        slot.block_seconds = 0.2
    began = time.monotonic()
    async with slots.slot(10, 5) as slot:
        slot.block_seconds = 60
    assert 0.15 < time.monotonic() - began < 3
    with pytest.raises(Unavailable, match="asked us to wait") as waits:
        async with slots.slot(10, 5):
            pass
    assert 50 < (waits.value.retry_after_seconds or 0) <= 60
