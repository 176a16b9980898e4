"""A good answer that leaves something to wish for is asked about once more, and never paid for twice."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from contracts import WorkFailed
from llm import Ledger, Prompt, Question
from objects import ObjectStore
from tests.llm.conftest import Opened
from tests.llm.questions import GOOD, Groups, fruit_prompt, question
from tests.llm.scripted import Scripted, refuse, say, scripted
from tests.llm.test_crash import Died, DyingStore

PAID = Decimal("0.000055")
ALL = {"groups": [{"name": "All", "ids": ["1", "2", "3"]}]}
THREE = {"groups": [{"name": name, "ids": [name]} for name in "123"]}
BAD: dict[str, list[str]] = {"groups": []}


@pytest.fixture
def prompt(tmp_path: Path) -> Prompt:
    return fruit_prompt(tmp_path)


def fewer(answer: Groups) -> list[str]:
    """One wish for each group but the first."""
    return [f"group {group.name} is one too many" for group in answer.groups[1:]]


def wishing(prompt: Prompt, tenant: str, **other: Any) -> Question[Groups]:
    return question(prompt, tenant, wish=fewer, **other)


async def names(opened: Opened, provider: Scripted, asked: Question[Groups]) -> list[str]:
    async with opened(provider.base_url) as model:
        return [group.name for group in (await model.ask(asked)).value.groups]


@pytest.mark.parametrize(
    ("replies", "taken", "calls"),
    [
        pytest.param([ALL], ["All"], 1, id="nothing to wish for"),
        pytest.param([GOOD, ALL], ["All"], 2, id="the wish is fulfilled"),
        pytest.param([THREE, GOOD], ["Citrus", "Berries"], 2, id="fewer wishes are left, and accepted"),
        pytest.param([GOOD, GOOD], ["Citrus", "Berries"], 2, id="no better"),
        pytest.param([GOOD, THREE], ["Citrus", "Berries"], 2, id="worse"),
        pytest.param([GOOD, BAD], ["Citrus", "Berries"], 2, id="no good at all"),
        pytest.param([GOOD, "no JSON"], ["Citrus", "Berries"], 2, id="unreadable"),
        pytest.param([BAD, GOOD, ALL], ["All"], 3, id="after a repair"),
    ],
)
async def test_the_better_of_two_answers_is_taken(
    *, opened: Opened, prompt: Prompt, tenant: str, replies: list[Any], taken: list[str], calls: int
) -> None:
    async with scripted(*(say(each) for each in replies)) as provider:
        assert await names(opened, provider, wishing(prompt, tenant)) == taken
        assert len(provider.received) == calls
        assert await names(opened, provider, wishing(prompt, tenant, run_id="RUN_2")) == taken
        assert len(provider.received) == calls


async def test_the_model_is_told_its_answer_and_the_wishes(
    opened: Opened, prompt: Prompt, tenant: str
) -> None:
    async with scripted(say(GOOD), say(ALL)) as provider:
        await names(opened, provider, wishing(prompt, tenant))

    *_, answer, wish = provider.received[1]["messages"]
    assert answer["role"] == "assistant"
    assert "- group Berries is one too many" in wish["content"]


@pytest.mark.parametrize(
    ("replies", "earlier"),
    [
        pytest.param([ALL], (), id="the first answer"),
        pytest.param([GOOD, ALL], ("Citrus",), id="a wish"),
        pytest.param([BAD, GOOD, ALL], ("groups", "Citrus"), id="a repair and a wish"),
        pytest.param([GOOD, BAD], (), id="the first one stays"),
    ],
)
async def test_what_was_said_before_is_kept_beside_the_answer(
    *, opened: Opened, prompt: Prompt, tenant: str, replies: list[Any], earlier: tuple[str, ...]
) -> None:
    async with scripted(*(say(each) for each in replies)) as provider, opened(provider.base_url) as model:
        first = await model.ask(wishing(prompt, tenant))
        stored = await model.ask(wishing(prompt, tenant, run_id="RUN_2"))

    assert stored.earlier == first.earlier
    assert len(first.earlier) == len(earlier)
    assert all(word in text for word, text in zip(earlier, first.earlier, strict=True))


async def test_a_second_question_that_is_refused_for_good_leaves_the_first_answer(
    opened: Opened, prompt: Prompt, tenant: str
) -> None:
    async with scripted(say(GOOD), refuse(400, "maximum context length exceeded")) as provider:
        assert await names(opened, provider, wishing(prompt, tenant)) == ["Citrus", "Berries"]


async def test_both_calls_are_booked(
    *, opened: Opened, prompt: Prompt, tenant: str, ledger: Ledger, pool: asyncpg.Pool
) -> None:
    async with scripted(say(GOOD), say(ALL)) as provider:
        await names(opened, provider, wishing(prompt, tenant))

    rows = await pool.fetch("select status, error_code from read.llm_interactions_v1 order by attempt")
    assert [tuple(row) for row in rows] == [("bad", "unfit"), ("answered", None)]
    assert (await ledger.spending(tenant, "RUN_1")).spent_usd == 2 * PAID


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("kind", "strike"),
    [
        pytest.param(".raw-", 1, id="raw answer"),
        pytest.param(".raw-", 2, id="second raw answer"),
        pytest.param("/package_proposal/", 1, id="interaction"),
        pytest.param("/package_proposal/", 2, id="second interaction"),
        pytest.param("/0.json", 1, id="answer"),
    ],
)
async def test_a_worker_that_dies_on_the_way_leaves_enough_to_go_on(
    *, opened: Opened, prompt: Prompt, tenant: str, store: ObjectStore, kind: str, strike: int, after: bool
) -> None:
    lost = int(kind == ".raw-" and not after)  # an answer that was never written is paid for again
    replies = [say(GOOD), say(ALL)]
    replies[strike - 1 : strike - 1] = [replies[strike - 1]] * lost
    async with scripted(*replies) as provider:
        dying = DyingAt(store, kind, after, strike)
        async with opened(provider.base_url, store=dying) as model:
            with pytest.raises(Died):
                await model.ask(wishing(prompt, tenant))
        assert await names(opened, provider, wishing(prompt, tenant)) == ["All"]
        assert len(provider.received) == 2 + lost


async def test_a_replay_takes_what_was_taken_and_decides_nothing_of_its_own(
    opened: Opened, prompt: Prompt, tenant: str, store: ObjectStore
) -> None:
    async with scripted(say(GOOD), say(ALL)) as provider:
        dying = DyingStore(store, "/package_proposal/", after=True)
        async with opened(provider.base_url, store=dying) as model:
            with pytest.raises(Died):
                await model.ask(wishing(prompt, tenant))
        async with opened("http://127.0.0.1:9/v1", llm_replay=True) as model:
            with pytest.raises(WorkFailed, match="not_stored"):
                await model.ask(wishing(prompt, tenant))
        assert await names(opened, provider, wishing(prompt, tenant)) == ["All"]
    async with opened("http://127.0.0.1:9/v1", llm_replay=True) as model:
        replayed = await model.ask(wishing(prompt, tenant, run_id="RUN_2"))
    assert [group.name for group in replayed.value.groups] == ["All"]


class DyingAt:
    """Passes everything on, and dies right before or after the n-th put of a key of this kind."""

    def __init__(self, store: ObjectStore, kind: str, after: bool, strike: int) -> None:  # noqa: FBT001
        self.store, self.kind, self.after, self.left = store, kind, after, strike

    async def put(self, key: str, body: bytes, *, content_type: str = "application/json") -> bool:
        self.left -= self.kind in key
        dies = self.kind in key and not self.left
        if dies and not self.after:
            raise Died
        wrote = await self.store.put(key, body, content_type=content_type)
        if dies:
            raise Died
        return wrote

    async def get(self, key: str) -> bytes:
        return await self.store.get(key)

    async def exists(self, key: str) -> bool:
        return await self.store.exists(key)

    async def list(self, prefix: str) -> list[str]:
        return await self.store.list(prefix)
