"""The answers to the three questions of a segmentation, held against what the segmenter accepts."""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import InvalidEvent, loads
from llm.prompts import load_prompts
from segmenter.adapters.asking import (
    PROMPTS,
    Assignments,
    Consolidation,
    Taxonomy,
    _choices,
    _extraction,
    _merges,
)
from segmenter.domain.extracting import extraction_complaints
from segmenter.domain.merging import merge_complaints
from segmenter.domain.refining import refinement_complaints
from simulator.gold import Gold
from simulator.question import Message, read
from simulator.segmenting import consolidate_taxonomy, extract_taxonomy, refine_assignments
from simulator.testing import Simulator, running
from tests.simulator.asking import Client, Json, content, strike

KIND = "headphones"
patient = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
WORDS = ("Wireless", "Studio", "Gaming", "Sport", "Kids", "Folding", "Neckband", "Travel", "Bass", "DJ")


def asked(prompt: str, **data: Sequence[Any]) -> Json:
    rendered = load_prompts(PROMPTS, prompt).of(None).render({"category": KIND}, data)
    messages = [{"role": "system", "content": rendered.system}, {"role": "user", "content": rendered.user}]
    return {"model": "gpt-4o", "messages": messages}


def question(prompt: str, **data: Sequence[Any]) -> Any:
    return read([Message.model_validate(each) for each in asked(prompt, **data)["messages"]])


def extracted(products: Sequence[Json], labels: Mapping[str, str] | None = None) -> Any:
    return extract_taxonomy(question("extract_taxonomy", products=products), Gold.of(labels or {}))


def consolidated(categories: Sequence[Json], labels: Mapping[str, str] | None = None) -> Any:
    asking = question("consolidate_taxonomy", categories=categories)
    return consolidate_taxonomy(asking, Gold.of(labels or {}))


def refined(
    subcategories: Sequence[Json], products: Sequence[Json], labels: Mapping[str, str] | None = None
) -> dict[str, str]:
    asking = question("refine_assignments", subcategories=subcategories, products=products)
    answer = refine_assignments(asking, Gold.of(labels or {}))
    return {each["product_id"]: each["category_id"] for each in answer["assignments"]}


def shelf(count: int = 40) -> list[Json]:
    return [
        {"id": f"P_{n}", "name": f"Acme {WORDS[n % 7]} Headphones {n}", "brand": "Acme", "price": n + 0.5}
        for n in range(count)
    ]


def segments(*names: str, **fields: Any) -> list[Json]:
    return [
        {"id": f"S_{n}", "category_name": name, "definition": f"All {name}.", "product_count": n, **fields}
        for n, name in enumerate(names)
    ]


def named(answer: Any, name: str = "product_ids") -> dict[str, list[str]]:
    return {each["category_name"]: each[name] for each in answer["categories"]}


def complaints(prompt: str, answer: Any, asked_about: int, categories: int = 0) -> list[str]:
    if prompt == "extract_taxonomy":
        return extraction_complaints(_extraction(Taxonomy.model_validate(answer)), asked_about)
    if prompt == "consolidate_taxonomy":
        return merge_complaints(_merges(Consolidation.model_validate(answer)), asked_about)
    return refinement_complaints(_choices(Assignments.model_validate(answer)), asked_about, categories)


def test_forty_products_become_a_few_segments_that_their_words_name() -> None:
    answer = extracted(shelf())

    assert complaints("extract_taxonomy", answer, 40) == []
    assert 2 <= len(answer["categories"]) <= 8
    assert named(answer)["Wireless Headphones"] == ["P_0", "P_7", "P_14", "P_21", "P_28", "P_35"]
    assert answer["out_of_scope"] == []


def test_catalog_categories_are_taken_where_they_differ() -> None:
    steps = ["Audio > In-Ear", "Audio > Over-Ear", "audio > in ear"]
    products = [each | {"category": steps[n % 3]} for n, each in enumerate(shelf(9))]

    answer = extracted(products)

    assert named(answer)["Over-Ear"] == ["P_1", "P_4", "P_7"]
    assert len(answer["categories"]) == 2


def test_what_shares_no_word_with_kind_or_neighbours_is_out_of_scope() -> None:
    stranger = {"id": "P_12", "name": "Cast iron skillet"}

    answer = extracted([*shelf(12), stranger])

    assert answer["out_of_scope"] == ["P_12"]


def with_ids(drawn: Sequence[Json]) -> list[Json]:
    return [each | {"id": f"P_{n}"} for n, each in enumerate(drawn)]


names = st.lists(st.sampled_from([*WORDS, "headphones", "***", "ear", "case"]), max_size=4).map(" ".join)
some_products = st.lists(
    st.builds(
        dict,
        name=names,
        category=st.sampled_from(["", "In-Ear", "Out of scope", "Other headphones", "Case", 7]),
        brand=st.sampled_from(["", "Acme"]),
        attributes=st.sampled_from([{}, {"fit": "over ear"}, {"n": 1}, None]),
    ),
    max_size=45,
).map(with_ids)
some_labels = st.dictionaries(names, st.sampled_from(["DJ", "dj", "Other headphones", "out_of_scope"]))


@patient
@given(products=some_products, labels=some_labels, seed=st.integers())
def test_every_product_is_named_once_whatever_the_order(
    products: list[Json], labels: dict[str, str], seed: int
) -> None:
    answer = extracted(products, labels)

    assert complaints("extract_taxonomy", answer, len(products)) == []
    shuffled = random.Random(seed).sample(products, len(products))  # noqa: S311 - an order, no secret
    assert extracted(shuffled, labels) == answer


@patient
@given(called=st.lists(names.filter(lambda name: any(map(str.isalnum, name))), max_size=30))
def test_every_category_goes_into_one(called: list[str]) -> None:
    answer = consolidated(segments(*called), {"x": "DJ"})

    assert complaints("consolidate_taxonomy", answer, len(called)) == []


def test_names_that_mean_the_same_are_merged_and_the_largest_gives_the_name() -> None:
    answer = consolidated(segments("Gaming headphones", "gaming  headphone", "Studio", "Studio Headphones"))

    assert named(answer, "merged") == {
        "gaming  headphone": ["S_0", "S_1"],
        "Studio Headphones": ["S_2", "S_3"],
    }


def test_a_product_goes_where_most_of_its_words_are_and_else_stays() -> None:
    subcategories = segments("Studio headphones", "Gaming headphones", "Out of scope")
    products = [
        {"id": "P_0", "name": "Studio One", "current": "S_1"},
        {"id": "P_1", "name": "Unheard of", "current": "S_1"},
        {"id": "P_2", "name": "Scope", "current": "S_0"},
        {"id": "P_3", "name": "Gaming", "current": "S_77"},
    ]

    assert refined(subcategories, products) == {"P_0": "S_0", "P_1": "S_1", "P_2": "S_0", "P_3": "S_1"}


def test_labels_are_the_categories_and_what_has_none_is_guessed() -> None:
    products = shelf(12)
    labels = {each["name"]: ("out_of_scope", "Red", "Blue")[n % 3] for n, each in enumerate(products[:9])}

    answer = extracted(products, labels)

    assert named(answer)["Red"] == ["P_1", "P_4", "P_7"]
    assert answer["out_of_scope"] == ["P_0", "P_3", "P_6"]
    assert complaints("extract_taxonomy", answer, 12) == []


def test_only_equal_names_are_merged_among_labels() -> None:
    labels = {"a": "credit card limit", "b": "credit card limit change"}
    answer = consolidated(
        segments("credit card limit", "credit card limit change", "Credit card limit"), labels
    )

    assert [each["merged"] for each in answer["categories"]] == [["S_0", "S_2"], ["S_1"]]


def test_refinement_puts_a_product_into_the_category_of_its_label() -> None:
    labels = {"one": "Red", "two": "out_of_scope", "three": "Green"}
    subcategories = segments("Blue", "Red", "Out of scope")
    products = [{"id": f"P_{n}", "name": name, "current": "S_0"} for n, name in enumerate(labels)]

    assert refined(subcategories, products, labels) == {"P_0": "S_1", "P_1": "S_2", "P_2": "S_0"}


async def test_a_repair_is_answered_like_the_first_question(client: Client) -> None:
    body = asked("extract_taxonomy", products=shelf(5))
    first = await client.answer(body)
    retry = load_prompts(PROMPTS, "shared_retry").of(None).render({"complaints": "missing: P_0"}, {})
    more = [{"role": "assistant", "content": "?"}, {"role": "user", "content": retry.user}]

    assert await client.answer({**body, "messages": [*body["messages"], *more]}) == first


ASKED = {
    "extract_taxonomy": (asked("extract_taxonomy", products=shelf(20)), 20, 0),
    "consolidate_taxonomy": (asked("consolidate_taxonomy", categories=segments(*WORDS)), 10, 0),
    "refine_assignments": (
        asked(
            "refine_assignments",
            subcategories=segments(*WORDS),
            products=[each | {"current": f"S_{n % 5}"} for n, each in enumerate(shelf(12))],
        ),
        12,
        10,
    ),
}


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        ("invented_ids", "not among those given: invented.example/0"),
        ("ids_beyond", "not among those given: "),
        ("missing_ids", "missing: "),
        ("repeated_ids", "named more than once: "),
    ],
)
@pytest.mark.parametrize("prompt", ASKED)
async def test_wrong_ids_are_put_where_the_answer_has_ids(
    simulator: Simulator, client: Client, prompt: str, kind: str, complaint: str
) -> None:
    body, *asked_about = ASKED[prompt]
    assert complaints(prompt, await client.answer(body), *asked_about) == []
    strike(simulator, kind)

    assert complaints(prompt, await client.answer(body), *asked_about)[0].startswith(complaint)


@pytest.mark.parametrize("prompt", ASKED)
async def test_wrong_categories_leave_the_form_valid(
    simulator: Simulator, client: Client, prompt: str
) -> None:
    body, *asked_about = ASKED[prompt]
    good = await client.answer(body)
    strike(simulator, "wrong_categories")

    wrong = await client.answer(body)

    assert complaints(prompt, wrong, *asked_about) == []
    assert wrong != good


async def test_a_name_given_twice_is_noticed_in_these_answers_too(
    simulator: Simulator, client: Client
) -> None:
    strike(simulator, "duplicate_json_names")

    with pytest.raises(InvalidEvent, match="categories"):
        loads(content(await client.ask(ASKED["extract_taxonomy"][0])))


async def test_the_labels_of_a_simulator_come_with_it(http: Any) -> None:
    async with running(gold={shelf(1)[0]["name"]: "Red"}) as simulator:
        answer = await Client(simulator.base_url, http).answer(asked("extract_taxonomy", products=shelf(1)))

    assert named(answer) == {"Red": ["P_0"]}


@pytest.mark.parametrize("bytes_of", [b"[]", b'{"a": 1}', b"nothing", None])
def test_a_file_of_labels_that_is_none_is_refused_with_its_name(
    tmp_path: Path, bytes_of: bytes | None
) -> None:
    path = tmp_path / "gold.json"
    if bytes_of is not None:
        path.write_bytes(bytes_of)

    with pytest.raises(ValueError, match=r"gold\.json"):
        Gold.read(path)


def test_a_file_of_labels_is_read(tmp_path: Path) -> None:
    path = tmp_path / "gold.json"
    path.write_text('{"Studio One": " Red "}')

    assert Gold.read(path).label("Studio One") == "Red"
