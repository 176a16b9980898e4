"""Many questions at once: about one call time, and figures that fit what happened."""

import asyncio
import time
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from llm import LanguageModel, Ledger, LlmSettings, Prompt
from objects import ObjectStore
from simulator.testing import running
from tests.llm.conftest import Opened
from tests.llm.deals import deal_prompt, deal_question


@pytest.fixture
def prompt(tmp_path: Path) -> Prompt:
    return deal_prompt(tmp_path)


async def test_64_questions_at_once_take_about_one_call(opened: Opened, prompt: Prompt, tenant: str) -> None:
    async with running(latency=0.3) as simulator, opened(simulator.base_url, llm_timeout_seconds=30) as model:
        await model.ask(deal_question(prompt, tenant, cluster=1000))
        began = time.monotonic()
        await asyncio.gather(*(model.ask(deal_question(prompt, tenant, cluster=n)) for n in range(64)))
        seconds = time.monotonic() - began
        assert simulator.peak_in_flight > 16
    assert seconds < 10  # one after the other they take 20, on a quiet machine 1


async def test_the_figures_count_calls_tokens_money_and_hits(
    prompt: Prompt, tenant: str, store: ObjectStore, ledger: Ledger
) -> None:
    registry = CollectorRegistry()
    async with running(faults=[{"kind": "missing_ids", "first_n": 1}]) as simulator:
        settings = LlmSettings(llm_profile="vllm", llm_base_url=simulator.base_url)
        model = LanguageModel(settings, store, ledger, registry)
        answered = await model.ask(deal_question(prompt, tenant))
        await model.ask(deal_question(prompt, tenant))
        await model.close()
    labels = {"stage": "packager", "model": "gemini-2.5-flash"}

    def figure(name: str, **more: str) -> float:
        return registry.get_sample_value(name, labels | more) or 0

    assert answered.cost is not None
    assert figure("llm_calls_total", outcome="answered") == 2
    assert figure("llm_bad_answers_total", code="bad_answer") == 1
    assert figure("llm_cost_usd_total") == pytest.approx(float(answered.cost.usd))
    assert figure("gen_ai_client_token_usage_sum", token_type="input") == answered.tokens.prompt
    assert figure("gen_ai_client_operation_duration_seconds_count", outcome="answered") == 2
    assert figure("llm_cache_hits_total") == 1
    assert 0 < figure("llm_saved_usd_total") < float(answered.cost.usd)
