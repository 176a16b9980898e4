"""Files of interactions: each attempt has one, and writing it again changes nothing."""

import gzip
import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from llm import Cost, Prompt
from llm.answers import StoredAnswer
from llm.interactions import Interaction, Interactions, row_of
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


async def test_a_packed_file_says_the_same_in_fewer_bytes_and_its_row_is_of_what_is_kept(
    prompt: Prompt,
) -> None:
    asked = question(prompt, "main")
    store, plain = MemoryObjects(), MemoryObjects()
    row = await Interactions(store, compressed=True).write(asked.call, interaction(asked), "unique")
    again = await Interactions(store, compressed=True).write(asked.call, interaction(asked), "unique")
    unpacked_row = await Interactions(plain).write(asked.call, interaction(asked), "unique")

    body = store.objects[row.file_path]
    assert row == again
    assert row.file_path == f"{unpacked_row.file_path}.gz"
    assert gzip.decompress(body) == plain.objects[unpacked_row.file_path]
    assert (row.sha256, row.bytes) == (hashlib.sha256(body).hexdigest(), len(body))
    assert row.bytes < unpacked_row.bytes
    assert row_of(row.file_path, body) == row


async def test_a_file_that_another_library_has_packed_is_found_by_its_words(prompt: Prompt) -> None:
    asked = question(prompt, "main")
    store = MemoryObjects()
    row = await Interactions(store, compressed=True).write(asked.call, interaction(asked), "unique")
    otherwise = gzip.compress(gzip.decompress(store.objects[row.file_path]), 1, mtime=5)
    store.objects[row.file_path] = otherwise

    again = await Interactions(store, compressed=True).write(asked.call, interaction(asked), "unique")

    assert (again.file_path, again.sha256) == (row.file_path, hashlib.sha256(otherwise).hexdigest())
