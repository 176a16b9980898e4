"""What a run may spend: never more, not even when many workers ask at once."""

import asyncio
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from contracts import OverBudget
from llm import Budget, Call, Ledger, Prompt
from tests.llm.conftest import Opened
from tests.llm.questions import GOOD, fruit_prompt, question
from tests.llm.scripted import say, scripted

CALL = Call(tenant="main", run_id="RUN_1", stage="packager", interaction_type="package_proposal")
CENT = Decimal("0.01")


@pytest.fixture
def prompt(tmp_path: Path) -> Prompt:
    return fruit_prompt(tmp_path)


async def granted(ledger: Ledger, usd: Decimal | None, budget: Budget | None) -> bool:
    try:
        await ledger.reserve(uuid4(), CALL, usd, budget, 60)
    except OverBudget:
        return False
    return True


async def test_of_many_that_reserve_at_once_only_those_that_fit_are_let_through(ledger: Ledger) -> None:
    budget = Budget(Decimal("0.105"))
    let_through = await asyncio.gather(*(granted(ledger, CENT, budget) for _ in range(50)))
    assert let_through.count(True) == 10
    assert (await ledger.spending("main", "RUN_1")).spent_usd == Decimal("0.10")


async def test_settling_frees_what_was_not_needed_and_twice_is_once(ledger: Ledger) -> None:
    call_id = uuid4()
    await ledger.reserve(call_id, CALL, CENT, Budget(CENT), 60)
    assert not await granted(ledger, CENT / 2, None)
    for _ in range(2):
        await ledger.settle(call_id, CENT / 4)
    assert (await ledger.spending("main", "RUN_1")).spent_usd == CENT / 4
    assert await granted(ledger, CENT / 2, None)


async def test_a_reservation_that_expired_stays_charged_and_can_be_seen(
    ledger: Ledger, pool: asyncpg.Pool
) -> None:
    await ledger.reserve(uuid4(), CALL, CENT, Budget(CENT), -1)
    assert not await granted(ledger, CENT, None)
    row = await pool.fetchrow("select * from read.llm_budget_v1")
    assert row is not None
    assert (row["calls_under_way"], row["lost_calls"], row["lost_usd"]) == (0, 1, CENT)


async def test_without_a_budget_everything_is_let_through_and_counted(ledger: Ledger) -> None:
    assert await granted(ledger, CENT, None)
    assert await granted(ledger, None, None)
    assert (await ledger.spending("main", "RUN_1")).spent_usd == CENT
    assert (await ledger.spending("main", "RUN_1")).limit_usd is None


async def test_a_budget_that_comes_later_counts_what_was_spent_before(ledger: Ledger) -> None:
    assert await granted(ledger, CENT, None)
    assert not await granted(ledger, CENT, Budget(CENT))


async def test_a_raised_limit_outlives_the_one_that_questions_carry(ledger: Ledger) -> None:
    assert not await granted(ledger, CENT, Budget(CENT / 2))
    await ledger.set_limit("main", "RUN_1", CENT)
    assert await granted(ledger, CENT, Budget(CENT / 2))


async def test_a_limit_of_zero_lets_no_call_through(opened: Opened, prompt: Prompt, tenant: str) -> None:
    async with scripted(say(GOOD)) as provider, opened(provider.base_url) as model:
        for name in ("gemini-2.5-flash", "home-made-7b"):
            with pytest.raises(OverBudget, match="spent 0 of 0 USD"):
                await model.ask(question(prompt, tenant, budget_usd="0", model=name))
        assert provider.received == []


async def test_with_a_budget_an_unknown_price_is_refused_with_the_remedy(
    opened: Opened, prompt: Prompt, tenant: str
) -> None:
    async with scripted(say(GOOD)) as provider, opened(provider.base_url) as model:
        with pytest.raises(OverBudget, match="price is unknown: add it to LLM_PRICES_FILE"):
            await model.ask(question(prompt, tenant, budget_usd="1", model="home-made-7b"))
        assert provider.received == []


async def test_a_run_at_its_cap_waits_and_goes_on_when_the_cap_is_raised(
    opened: Opened, prompt: Prompt, tenant: str, ledger: Ledger
) -> None:
    async with scripted(say(GOOD)) as provider, opened(provider.base_url) as model:
        asked = question(prompt, tenant, budget_usd="0.001")
        with pytest.raises(OverBudget, match=r"spent 0 of 0\.001 USD"):
            await model.ask(asked)
        await ledger.set_limit(tenant, "RUN_1", Decimal(1))
        answered = await model.ask(asked)
        assert len(provider.received) == 1
    assert answered.cost is not None
    assert (await ledger.spending(tenant, "RUN_1")).spent_usd == answered.cost.usd


async def test_many_questions_at_once_never_spend_more_than_the_budget(
    opened: Opened, prompt: Prompt, tenant: str, ledger: Ledger
) -> None:
    """Each call reserves about 0.021 and costs 0.0205: four fit."""
    expensive = say(GOOD, usage={"prompt_tokens": 100, "completion_tokens": 8190}, seconds=0.05)
    async with scripted(expensive) as provider, opened(provider.base_url) as model:
        asked = [model.ask(question(prompt, tenant, budget_usd="0.09", sample=n)) for n in range(20)]
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        assert len(provider.received) == 4
    assert sum(isinstance(outcome, OverBudget) for outcome in outcomes) == 16
    spending = await ledger.spending(tenant, "RUN_1")
    assert spending.spent_usd <= Decimal("0.09")
