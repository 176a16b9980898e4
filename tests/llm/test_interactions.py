"""Files of interactions: each attempt has one, and writing it again changes nothing."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from llm import Cost, Prompt
from llm.answers import StoredAnswer
from llm.interactions import Interaction, Interactions
from llm.logbook import of_stored
from llm.question import Question, Tokens
from llm.request import request_for
from objects import MemoryObjects
from tests.llm.questions import GOOD, Groups, fruit_prompt, question

MOMENT = datetime(2025, 6, 18, 12, 3, 5, tzinfo=UTC)


@pytest.fixture
def prompt(tmp_path: Path) -> Prompt:
    return fruit_prompt(tmp_path)


def interaction(asked: Question[Groups]) -> Interaction:
    cost = Cost(Decimal("0.1"), "2026-11-01")
    stored = StoredAnswer(answer=GOOD, model="m", call_id="0" * 32, tokens=Tokens(1, 2), cost=cost)
    written = of_stored(request_for(asked, "m"), asked.prompt, asked.call, stored, None)
    return written.model_copy(update={"metadata": written.metadata.model_copy(update={"timestamp": MOMENT})})


async def test_the_same_interaction_finds_its_own_file(prompt: Prompt) -> None:
    asked = question(prompt, "main")
    store = MemoryObjects()
    first = await Interactions(store).write(asked.call, interaction(asked), "unique")
    again = await Interactions(store).write(asked.call, interaction(asked), "unique")
    assert first == again
    assert list(store.objects) == [first.file_path]


async def test_another_interaction_never_takes_its_name(prompt: Prompt) -> None:
    asked = question(prompt, "main")
    store = MemoryObjects()
    first = await Interactions(store).write(asked.call, interaction(asked), "unique")
    other = interaction(asked).model_copy(update={"response": "another"})
    second = await Interactions(store).write(asked.call, other, "unique")
    assert second.file_path.startswith(first.file_path.removesuffix(".json"))
    assert json.loads(store.objects[second.file_path])["response"] == "another"


async def test_the_prompt_is_archived_once_per_run(prompt: Prompt) -> None:
    asked = question(prompt, "main")
    store = MemoryObjects()
    log = Interactions(store)
    for _ in range(2):
        await log.archive(asked.call, prompt)
    assert store.objects == {"llm_logs/RUN_1/prompts/group_fruits_prompt.txt": prompt.source.encode()}
