"""The question that most tests ask: put three fruits into groups."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from llm import Answer, Budget, Call, Prompt, Question, load_prompt

PROMPT = """\
---
name: group_fruits
version: 1
---
## system
You group fruits for {{reader}}.
## user
Group these:
{{fruits}}
"""
FRUITS = ("1", "2", "3")
GOOD = {"groups": [{"name": "Citrus", "ids": ["1", "2"]}, {"name": "Berries", "ids": ["3"]}]}


class Group(Answer):
    name: str
    ids: list[str]


class Groups(Answer):
    groups: list[Group]


def complaints(answer: Groups) -> list[str]:
    """Every fruit once, and no other."""
    given = [fruit for group in answer.groups for fruit in group.ids]
    return [
        *(f"id {fruit} is missing" for fruit in FRUITS if fruit not in given),
        *(f"id {fruit} was never asked for" for fruit in given if fruit not in FRUITS),
        *(f"id {fruit} is there twice" for fruit in FRUITS if given.count(fruit) > 1),
    ]


def fruit_prompt(folder: Path) -> Prompt:
    path = folder / "group_fruits.md"
    path.write_text(PROMPT)
    return load_prompt(path)


def question(
    prompt: Prompt,
    tenant: str,
    *,
    run_id: str = "RUN_1",
    revision: int = 1,
    budget_usd: str | None = None,
    fruits: tuple[str, ...] = FRUITS,
    check: Callable[[Groups], list[str]] = complaints,
    **other: Any,
) -> Question[Groups]:
    call = Call(
        tenant=tenant,
        run_id=run_id,
        revision=revision,
        stage="packager",
        interaction_type="package_proposal",
        entity="5f0c9d1e-0000-5000-8000-000000000000",
        expected_ids=fruits,
        names=tuple(f"Fruit {fruit}" for fruit in fruits),
    )
    settings: dict[str, Any] = {"model": "gemini-2.5-flash", **other}
    return Question(
        prompt=prompt,
        answer=Groups,
        call=call,
        values={"reader": "a cook"},
        data={"fruits": [{"id": fruit, "name": f"Fruit {fruit}"} for fruit in fruits]},
        check=check,
        budget=Budget(Decimal(budget_usd)) if budget_usd is not None else None,
        **settings,
    )
