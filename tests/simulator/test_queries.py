"""The answer to write_queries, over the server and by itself."""

import json
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ranker
from llm.prompts import load_prompts
from simulator.behaviour import FaultKind
from simulator.querying import write_queries
from simulator.question import Message, read
from simulator.spoiling import CONTENTS
from simulator.testing import Simulator
from tests.simulator.asking import Client, Json, block, choice, request, strike

PROMPT = load_prompts(Path(ranker.__file__).parent / "prompts", "write_queries").of(None)
patterns = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Kestrel Motion", "Sedans on CTV", "", 7]),
        "sectors": st.lists(st.sampled_from(["Automotive", "Food & Drink", "Sports"]), max_size=2),
        "regions": st.lists(st.sampled_from(["DEU", "USA", "Nordics"]), max_size=2),
        "attributes": st.lists(
            st.sampled_from(["tier2: Sedans", "format: ctv", "audience: Drivers", "quality: Premium", "odd"])
        ),
        "snippet": st.sampled_from(["Engines and gearboxes for everybody", "Recipes, kitchens", "", None]),
    },
)


def member(number: int = 0, **changes: Any) -> Json:
    return {
        "name": f"Kestrel Motion {number}",
        "sectors": ["Automotive"],
        "regions": ["DEU"],
        "attributes": ["tier2: Sedans", "format: ctv", "safety: family safe", "audience: Car Buyers"],
        "snippet": f"Everything on {('engines', 'gearboxes', 'tyres')[number % 3]}, chassis and roads.",
        **changes,
    }


CARS = [member(number) for number in range(6)]
COOKING = [
    member(
        number,
        name="Larder Lane",
        sectors=["Food & Drink"],
        regions=["USA"],
        attributes=["tier2: Cooking", "format: banner", "quality: Premium"],
        snippet="Recipes and kitchens.",
    )
    for number in range(4)
]


def asked(members: Sequence[Any], wanted: int = 5) -> Json:
    rendered = PROMPT.render({"wanted": str(wanted)}, {"members": members})
    messages = [{"role": "system", "content": rendered.system}, {"role": "user", "content": rendered.user}]
    return {"model": "gpt-4o", "messages": messages}


def queries(members: Sequence[Any], wanted: int = 5) -> list[str]:
    question = read([Message.model_validate(each) for each in asked(members, wanted)["messages"]])
    found: list[str] = write_queries(question)["queries"]
    return found


def words(text: str) -> set[str]:
    return set(text.casefold().replace(",", " ").replace("?", " ").replace(":", " ").split())


async def test_the_server_answers_with_as_many_queries_as_are_asked_for(client: Client) -> None:
    answer = await client.answer(asked(CARS))

    assert answer == {"queries": queries(CARS)}
    assert len(set(answer["queries"])) == 5


def test_queries_are_about_the_members_and_copy_no_name() -> None:
    said = [words(query) for query in queries(CARS, 8)]

    assert all(each & {"sedans", "automotive", "cars", "chassis", "engines"} for each in said)
    assert not any({"kestrel", "motion"} & each for each in said)
    assert all(2 <= len(each) <= 20 for each in said)


def test_queries_differ_within_a_cluster_and_between_clusters() -> None:
    cars, cooking = queries(CARS, 8), queries(COOKING, 8)

    pairs = list(combinations(map(words, cars), 2))
    assert all(len(one & other) / len(one | other) < 0.8 for one, other in pairs)
    assert not set(cars) & set(cooking)


def test_some_things_are_said_in_other_words_than_the_catalogue_has() -> None:
    said = " ".join(queries(CARS, 12)).casefold()

    assert any(
        own in said for own in ("connected tv", "streaming tv", "germany", "cars", "suitable for families")
    )


@given(members=st.lists(patterns, max_size=5), wanted=st.integers(1, 15), data=st.data())
def test_there_are_exactly_as_many_whatever_is_known_and_in_whichever_order(
    members: list[Json], wanted: int, data: st.DataObject
) -> None:
    found = queries(members, wanted)

    assert len(set(found)) == len(found) == wanted
    assert queries(data.draw(st.permutations(members)), wanted) == found


async def test_a_repair_question_gets_the_answer_to_the_first_question(client: Client) -> None:
    body = asked(CARS)
    repair = [
        {"role": "assistant", "content": "nonsense"},
        {"role": "user", "content": "Your answer cannot be used. Answer the original question again."},
    ]

    assert await client.answer({**body, "messages": body["messages"] + repair}) == await client.answer(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(request("write_queries", []), "how many queries", id="no number"),
        pytest.param(
            request("write_queries", [], words="Write exactly 3 queries."), "members", id="no members"
        ),
        pytest.param(
            request("write_queries", [], words=f"Write exactly 3 queries.\n{block('members', [7])}"),
            "a member is an object",
            id="a member that is none",
        ),
    ],
)
async def test_a_question_that_cannot_be_answered_is_refused(client: Client, body: Json, words: str) -> None:
    response = await client.ask(body)

    assert response.status_code == 400
    assert words in response.json()["error"]["message"]


@pytest.mark.parametrize("kind", sorted(CONTENTS))
async def test_a_fault_of_the_content_leaves_json(
    simulator: Simulator, client: Client, kind: FaultKind
) -> None:
    strike(simulator, kind)

    answer = await client.answer(asked(CARS))

    assert len(answer["queries"]) == 5


async def test_queries_in_another_language_are_all_one(simulator: Simulator, client: Client) -> None:
    strike(simulator, "wrong_language")

    assert len(set((await client.answer(asked(CARS)))["queries"])) == 1


async def test_a_truncated_answer_is_no_json(simulator: Simulator, client: Client) -> None:
    strike(simulator, "truncated")

    response = await client.ask(asked(CARS))

    assert choice(response)["finish_reason"] == "length"
    with pytest.raises(json.JSONDecodeError):
        json.loads(choice(response)["message"]["content"])
