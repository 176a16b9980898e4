"""The way of a question: asked, answered, stored, logged, paid for once."""

import asyncio
import hashlib
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from contracts import WorkFailed
from llm import Ledger, Prompt, reconcile
from objects import ObjectDamaged, ObjectStore
from tests.llm.conftest import Opened
from tests.llm.questions import GOOD, fruit_prompt, question
from tests.llm.scripted import refuse, say, scripted

PAID = Decimal("0.000055")  # 100 tokens in, 10 out, at the price of gemini-2.5-flash


@pytest.fixture
def prompt(tmp_path: Path) -> Prompt:
    return fruit_prompt(tmp_path)


async def log_of(store: ObjectStore, tenant: str, run_id: str = "RUN_1") -> list[dict[str, Any]]:
    keys = await store.list(f"{tenant}/llm_logs/{run_id}/package_proposal/")
    return [json.loads(await store.get(key)) for key in keys]


async def test_a_question_is_answered_and_asking_again_costs_nothing(
    opened: Opened, prompt: Prompt, tenant: str, ledger: Ledger
) -> None:
    async with scripted(say(GOOD)) as provider, opened(provider.base_url) as model:
        first = await model.ask(question(prompt, tenant))
        again = await model.ask(question(prompt, tenant, run_id="RUN_2"))
        assert len(provider.received) == 1
    assert [group.name for group in first.value.groups] == ["Citrus", "Berries"]
    assert (first.from_store, again.from_store) == (False, True)
    assert first.value == again.value
    assert first.cost is not None
    assert again.cost is not None
    assert (first.cost.usd, again.cost.usd) == (PAID, Decimal(0))
    assert (await ledger.spending(tenant, "RUN_1")).spent_usd == PAID
    assert (await ledger.spending(tenant, "RUN_2")).spent_usd == 0


async def test_the_next_sample_is_a_new_answer(opened: Opened, prompt: Prompt, tenant: str) -> None:
    other = {"groups": [{"name": "All", "ids": ["1", "2", "3"]}]}
    async with scripted(say(GOOD), say(other)) as provider, opened(provider.base_url) as model:
        first = await model.ask(question(prompt, tenant))
        fresh = await model.ask(question(prompt, tenant, sample=1))
        stored = await model.ask(question(prompt, tenant, sample=1))
    assert first.cache_key == fresh.cache_key
    assert len(first.value.groups) == 2
    assert fresh.value.groups[0].name == "All"
    assert stored.value == fresh.value
    assert stored.from_store


async def test_the_file_and_its_row_have_the_layout_and_names_of_the_requirement(
    opened: Opened, prompt: Prompt, tenant: str, store: ObjectStore, pool: asyncpg.Pool
) -> None:
    async with scripted(say(GOOD)) as provider, opened(provider.base_url) as model:
        answered = await model.ask(question(prompt, tenant))
    row = await pool.fetchrow("select * from read.llm_interactions_v1")
    assert row is not None
    folder, _, name = row["file_path"].rpartition("/")
    assert folder == f"{tenant}/llm_logs/RUN_1/package_proposal"
    timestamp, token, attempt, unique = name.removesuffix(".json").split("_")
    assert (len(timestamp), token, attempt, len(unique)) == (16, "c5f0c9d1e", "a1", 4)

    body = await store.get(row["file_path"])
    assert (row["sha256"], row["bytes"]) == (hashlib.sha256(body).hexdigest(), len(body))
    file = json.loads(body)
    assert list(file) == ["metadata", "context", "prompt", "response"]
    assert {
        "run_id": "RUN_1",
        "interaction_type": "package_proposal",
        "batch_id": None,
        "attempt": 1,
        "model": "gemini-2.5-flash",
        "temperature": 0.2,
        "category": None,
        "cache_key": answered.cache_key,
        "cached": False,
        "prompt_tokens": 100,
        "completion_tokens": 10,
        "cost_usd": str(PAID),
        "stage": "packager",
    }.items() <= file["metadata"].items()
    assert {"timestamp", "duration_ms"} <= set(file["metadata"])
    assert file["context"] == {
        "batch_size": 3,
        "expected_ids": ["1", "2", "3"],
        "product_category": None,
        "batch_products": ["Fruit 1", "Fruit 2", "Fruit 3"],
    }
    sent = [message["content"] for message in provider.received[0]["messages"]]
    assert file["prompt"] == "\n\n".join(sent)
    assert json.loads(file["response"]) == GOOD
    assert row["prompt_file"] == f"{tenant}/llm_logs/RUN_1/prompts/group_fruits_prompt.txt"
    assert (await store.get(row["prompt_file"])).decode() == prompt.source


async def test_a_hit_is_logged_as_one_with_what_it_saved(
    opened: Opened, prompt: Prompt, tenant: str, store: ObjectStore, pool: asyncpg.Pool
) -> None:
    async with scripted(say(GOOD)) as provider, opened(provider.base_url) as model:
        await model.ask(question(prompt, tenant))
        await model.ask(question(prompt, tenant, run_id="RUN_2"))
    (hit,) = await log_of(store, tenant, "RUN_2")
    assert hit["metadata"]["cached"] is True
    assert json.loads(hit["response"]) == GOOD
    row = await pool.fetchrow("select * from read.llm_cost_v1 where run_id = 'RUN_2'")
    assert row is not None
    assert (row["calls"], row["stored_answers"], row["cost_usd"], row["saved_usd"]) == (0, 1, 0, PAID)


async def test_ten_workers_that_ask_the_same_end_with_one_answer(
    opened: Opened, prompt: Prompt, tenant: str, ledger: Ledger
) -> None:
    replies = [say({"groups": [{"name": str(n), "ids": ["1", "2", "3"]}]}, seconds=0.3) for n in range(10)]
    async with scripted(*replies) as provider, opened(provider.base_url) as model:
        asked = [model.ask(question(prompt, tenant, run_id=f"RUN_{number}")) for number in range(10)]
        answers = await asyncio.gather(*asked)
        calls = len(provider.received)
    assert len({answer.value.groups[0].name for answer in answers}) == 1
    assert calls == 10
    spent = [(await ledger.spending(tenant, f"RUN_{number}")).spent_usd for number in range(10)]
    assert spent == [PAID] * 10


async def test_a_stored_answer_that_no_longer_fits_is_neither_used_nor_replaced(
    opened: Opened, prompt: Prompt, tenant: str, store: ObjectStore
) -> None:
    async with scripted(say(GOOD)) as provider, opened(provider.base_url) as model:
        answered = await model.ask(question(prompt, tenant))
        stricter = replace(question(prompt, tenant), check=lambda _: ["no longer good enough"])
        with pytest.raises(ObjectDamaged, match="no longer good enough"):
            await model.ask(stricter)
        assert len(provider.received) == 1
    body = json.loads(await store.get(f"answers/{tenant}/{answered.cache_key}/0.json"))
    assert body["answer"] == GOOD


async def test_replay_uses_stored_answers_and_never_the_network(
    opened: Opened, prompt: Prompt, tenant: str
) -> None:
    async with scripted(say(GOOD)) as provider, opened(provider.base_url) as model:
        answered = await model.ask(question(prompt, tenant))
    async with opened("http://127.0.0.1:9/v1", llm_replay=True) as model:
        replayed = await model.ask(question(prompt, tenant, run_id="RUN_2"))
        assert replayed.value == answered.value
        with pytest.raises(WorkFailed, match="not_stored"):
            await model.ask(question(prompt, tenant, sample=1))


async def test_replay_finds_what_the_fallback_answered(opened: Opened, prompt: Prompt, tenant: str) -> None:
    models = {"llm_fallback_model": "gpt-4o"}
    async with (
        scripted(*[say("no JSON")] * 3, say(GOOD)) as provider,
        opened(provider.base_url, **models) as model,
    ):
        answered = await model.ask(question(prompt, tenant))
    async with opened("http://127.0.0.1:9/v1", llm_replay=True, **models) as model:
        replayed = await model.ask(question(prompt, tenant, run_id="RUN_2"))
    assert (replayed.value, replayed.model) == (answered.value, "gpt-4o")


async def test_an_unknown_price_is_said_to_be_unknown(
    opened: Opened, prompt: Prompt, tenant: str, pool: asyncpg.Pool
) -> None:
    async with scripted(say(GOOD)) as provider, opened(provider.base_url) as model:
        answered = await model.ask(question(prompt, tenant, model="home-made-7b"))
        assert model.forecast(1000, 100, "home-made-7b") is None
    assert answered.cost is None
    row = await pool.fetchrow("select * from read.llm_cost_v1")
    assert row is not None
    assert (row["calls"], row["cost_usd"], row["unpriced_calls"]) == (1, 0, 1)


async def test_the_fallback_model_answers_where_the_first_one_cannot(
    opened: Opened, prompt: Prompt, tenant: str, store: ObjectStore
) -> None:
    async with (
        scripted(refuse(404, "no such model"), say(GOOD)) as provider,
        opened(provider.base_url, llm_fallback_model="gpt-4o") as model,
    ):
        answered = await model.ask(question(prompt, tenant))
        assert [request["model"] for request in provider.received] == ["gemini-2.5-flash", "gpt-4o"]
    assert (answered.model, answered.fallback_for) == ("gpt-4o", "gemini-2.5-flash")
    failed, good = sorted(
        await log_of(store, tenant), key=lambda file: str(file["metadata"]["status"]), reverse=True
    )
    assert (failed["metadata"]["error_code"], failed["metadata"]["cost_usd"]) == ("model_not_found", "0")
    assert good["metadata"]["fallback_for"] == "gemini-2.5-flash"


async def test_a_packed_log_is_indexed_and_its_lost_row_is_made_again(
    opened: Opened, prompt: Prompt, tenant: str, store: ObjectStore, ledger: Ledger
) -> None:
    query = "select (to_jsonb(i) - 'id' - 'created_at')::text from llm.llm_interaction_index i"
    packed = {"llm_log_compression": "gzip"}
    async with scripted(say(GOOD)) as provider, opened(provider.base_url, **packed) as model:
        await model.ask(question(prompt, tenant))
    before = await ledger.pool.fetchval(query)
    await ledger.pool.execute("delete from llm.llm_interaction_index")

    assert ".json.gz" in before
    assert await reconcile(store, ledger, tenant, "RUN_1") == 1
    assert await ledger.pool.fetchval(query) == before
