"""What is taken for an answer, and what is said about the rest."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from llm import Tokens
from llm.parsing import MAX_COMPLAINTS, NoAnswer, Verdict, judge, parse
from llm.reply import Reply
from llm.schema import strict_schema
from tests.llm.questions import GOOD, Groups, fruit_prompt, question

TEXT = json.dumps(GOOD)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(TEXT, id="bare"),
        pytest.param(json.dumps(GOOD, indent=2), id="over many lines"),
        pytest.param(f"```json\n{TEXT}\n```", id="in a fence"),
        pytest.param(f"Here are [2] groups of {{x}}:\n{TEXT}\nAnything else?", id="in prose"),
        pytest.param(f"{TEXT}\n{{}}", id="followed by another object"),
    ],
)
def test_the_first_object_is_the_answer(text: str) -> None:
    assert parse(text) == GOOD


def test_braces_inside_strings_are_text() -> None:
    assert parse('{"name": "a } b { c \\" }"}') == {"name": 'a } b { c " }'}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", "no JSON object", id="nothing"),
        pytest.param("I would rather not.", "no JSON object", id="prose"),
        pytest.param("[1, 2]", "no JSON object", id="a list"),
        pytest.param(TEXT[:-5], "not valid JSON", id="cut off"),
        pytest.param(
            '{"groups": [{"name": "a", "ids": []}, {"na', "not valid JSON", id="an inner object is whole"
        ),
        pytest.param('{"groups": [], "groups": []}', "twice", id="a name twice"),
        pytest.param('{"a": NaN}', "NaN", id="no number"),
        pytest.param('{"a": ' * 100_000, "nested too deeply", id="bottomless"),
        pytest.param('{"name": "a\\u0000b"}', "NUL", id="a character that no database stores"),
    ],
)
def test_everything_else_is_no_answer(text: str, words: str) -> None:
    with pytest.raises(NoAnswer, match=words):
        parse(text)


def judged(folder: Path, content: Any, **facts: Any) -> Verdict[Groups]:
    asked = question(fruit_prompt(folder), "main")
    reply = Reply(
        call_id=uuid4(),
        call=asked.call,
        attempt=1,
        fallback_for=None,
        started_at=datetime.now(UTC),
        duration_ms=1,
        text=json.dumps(content),
        tokens=Tokens(),
        cost=None,
        served_model="m",
        **{"refusal": None, "finish_reason": "stop", **facts},
    )
    return judge(reply, asked)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param({**GOOD, "note": "extra"}, id="an extra field"),
        pytest.param({"groups": [{"name": "All", "ids": [1, 2, 3]}]}, id="ids as numbers"),
    ],
)
def test_what_loses_nothing_is_tolerated(tmp_path: Path, content: Any) -> None:
    verdict = judged(tmp_path, content)
    assert verdict.value is not None
    assert verdict.value.groups[-1].ids[-1] == "3"


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        pytest.param(["1", "2"], "id 3 is missing", id="missing"),
        pytest.param(["1", "2", "3", "9"], "id 9 was never asked for", id="invented"),
        pytest.param(["1", "2", "3", "3"], "id 3 is there twice", id="repeated"),
    ],
)
def test_ids_are_checked_against_the_question(tmp_path: Path, ids: list[str], words: str) -> None:
    verdict = judged(tmp_path, {"groups": [{"name": "All", "ids": ids}]})
    assert (verdict.value, verdict.code, verdict.words) == (None, "bad_answer", words)


def test_a_wrong_shape_is_described_by_field(tmp_path: Path) -> None:
    verdict = judged(tmp_path, {"groups": [{"ids": "1"}]})
    assert verdict.code == "bad_answer"
    assert "groups.0.name" in verdict.words


def test_endless_complaints_are_counted(tmp_path: Path) -> None:
    verdict = judged(tmp_path, {"groups": [{"name": "All", "ids": [str(number) for number in range(100)]}]})
    assert len(verdict.complaints) == MAX_COMPLAINTS + 1
    assert verdict.complaints[-1] == "and 77 more"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        pytest.param({"refusal": "no"}, "refusal", id="the model refuses"),
        pytest.param({"finish_reason": "content_filter"}, "content_filter", id="the filter stops it"),
        pytest.param({"finish_reason": "length"}, "truncated", id="it was too long, though it parses"),
    ],
)
def test_an_answer_that_stopped_short_is_none(tmp_path: Path, facts: dict[str, str], code: str) -> None:
    assert judged(tmp_path, GOOD, **facts).code == code


def test_the_schema_is_closed_and_every_field_required() -> None:
    schema = strict_schema(Groups)
    assert schema["required"] == ["groups"]
    assert schema["additionalProperties"] is False
    group = schema["$defs"]["Group"]
    assert group["required"] == ["name", "ids"]
    assert group["additionalProperties"] is False
    assert "title" not in group
