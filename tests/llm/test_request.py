"""The key of an answer: everything that can change it, and nothing else."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from llm import Answer, Prompt, Question
from llm.request import Message, request_for
from tests.llm.questions import fruit_prompt, question


@pytest.fixture
def prompt(tmp_path: Path) -> Prompt:
    return fruit_prompt(tmp_path)


def key(prompt: Prompt, tenant: str = "main", model: str = "m", **other: Any) -> str:
    return request_for(question(prompt, tenant, **other), model).cache_key


def test_run_revision_and_sample_do_not_change_the_key(prompt: Prompt) -> None:
    assert (
        len({key(prompt), key(prompt, run_id="RUN_9"), key(prompt, revision=9), key(prompt, sample=3)}) == 1
    )


def test_the_order_in_which_things_arrived_does_not_change_the_key(prompt: Prompt) -> None:
    assert key(prompt, fruits=("3", "1", "2")) == key(prompt)


def test_whatever_changes_the_answer_changes_the_key(prompt: Prompt) -> None:
    class Other(Answer):
        group: str

    asked = question(prompt, "main")
    other = Question(prompt, Other, asked.call, "m", asked.values, asked.data)
    keys = {
        key(prompt),
        key(prompt, tenant="other"),
        key(prompt, model="other"),
        key(prompt, temperature=0.9),
        key(prompt, max_output_tokens=9),
        key(prompt, fruits=("1", "2")),
        key(replace(prompt, version=2)),
        request_for(other, "m").cache_key,
    }
    assert len(keys) == 8


def test_a_repaired_question_is_asked_anew_and_its_answer_kept_under_the_first_key(prompt: Prompt) -> None:
    first = request_for(question(prompt, "t"), "gpt-4o")
    repaired = first.followed_by(Message("user", "Again.")).with_output(10)

    assert repaired.cache_key != first.cache_key
    assert (first.question_key, repaired.question_key) == (first.cache_key, first.cache_key)
