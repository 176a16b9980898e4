"""Each provider's peculiarities, as far as the simulator imitates them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from llm import LlmSettings, Prompt
from llm.profiles import PROFILES, ProfileName
from simulator.testing import running
from tests.llm.conftest import Opened
from tests.llm.deals import deal_prompt, deal_question
from tests.llm.questions import GOOD, fruit_prompt, question
from tests.llm.scripted import refuse, say, scripted


@pytest.fixture
def prompt(tmp_path: Path) -> Prompt:
    return deal_prompt(tmp_path)


@pytest.mark.parametrize("profile", list(PROFILES))
async def test_every_profile_gets_its_answer_at_the_first_attempt(
    opened: Opened, prompt: Prompt, tenant: str, profile: ProfileName
) -> None:
    async with (
        running(profile=profile, api_key="secret") as simulator,
        opened(simulator.base_url, llm_profile=profile, llm_api_key="secret") as model,
    ):
        assert (await model.ask(deal_question(prompt, tenant))).attempts == 1


@pytest.mark.parametrize(
    ("profile", "limit", "seeded"),
    [
        ("openai", "max_completion_tokens", True),
        ("gemini", "max_tokens", False),
        ("vllm", "max_tokens", True),
        ("ollama", "max_tokens", True),
    ],
)
async def test_what_is_sent_fits_the_profile(
    *, opened: Opened, tmp_path: Path, tenant: str, profile: str, limit: str, seeded: bool
) -> None:
    async with (
        scripted(say(GOOD)) as provider,
        opened(provider.base_url, llm_profile=profile, llm_api_key="k") as model,
    ):
        await model.ask(question(fruit_prompt(tmp_path), tenant, max_output_tokens=1234))
    (sent,) = provider.received
    assert sent[limit] == 1234
    assert ("seed" in sent) == seeded
    assert {"max_tokens", "max_completion_tokens"} & set(sent) == {limit}


async def test_a_format_that_is_refused_is_replaced_by_a_simpler_one_and_remembered(
    opened: Opened, tmp_path: Path, tenant: str
) -> None:
    unsupported = refuse(400, '{"error": {"message": "response_format json_schema is not supported"}}')
    async with scripted(unsupported, unsupported, say(GOOD)) as provider, opened(provider.base_url) as model:
        prompt = fruit_prompt(tmp_path)
        await model.ask(question(prompt, tenant))
        await model.ask(question(prompt, tenant, sample=1))
    formats: list[Any] = [sent.get("response_format", {}).get("type") for sent in provider.received]
    assert formats == ["json_schema", "json_object", None, None]
    assert "JSON object of this schema" in provider.received[2]["messages"][0]["content"]


async def test_many_refusals_at_once_skip_no_format(opened: Opened, tmp_path: Path, tenant: str) -> None:
    async with (
        running(faults=[{"kind": "unsupported_response_format", "first_n": 5}], latency=0.1) as simulator,
        opened(simulator.base_url) as model,
    ):
        prompt = deal_prompt(tmp_path)
        asked = [model.ask(deal_question(prompt, tenant, cluster=number)) for number in range(5)]
        answers = await asyncio.gather(*asked)
        assert [answer.attempts for answer in answers] == [2] * 5


async def test_the_simulator_never_passes_for_a_real_model(
    opened: Opened, prompt: Prompt, tenant: str
) -> None:
    async with running() as simulator, opened(simulator.base_url, llm_profile="simulator") as model:
        made_up = await model.ask(deal_question(prompt, tenant))
        async with opened(simulator.base_url) as real:
            answered = await real.ask(deal_question(prompt, tenant))
    assert made_up.model == "assort-simulator-1"
    assert not answered.from_store


def test_keys_come_from_the_environment_and_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "gemini-secret")
    monkeypatch.setenv("OPENAI_API_KEY", "openai-secret")
    monkeypatch.setenv("LLM_PROFILE", "openai")
    settings = LlmSettings()
    assert settings.key is not None
    assert settings.key.get_secret_value() == "openai-secret"
    assert "secret" not in repr(settings).replace("SecretStr", "")


async def test_a_key_that_the_provider_repeats_is_not_logged(
    opened: Opened, tmp_path: Path, tenant: str
) -> None:
    async with (
        scripted(refuse(401, "Incorrect API key provided: sk-very-secret")) as provider,
        opened(provider.base_url, llm_api_key="sk-very-secret") as model,
    ):
        with pytest.raises(Exception, match=r"provided: \*\*\*") as told:
            await model.ask(question(fruit_prompt(tmp_path), tenant))
    assert "sk-very-secret" not in str(told.value)
