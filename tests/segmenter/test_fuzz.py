"""A thousand answers of all kinds of nonsense for each phase: what is accepted names each id exactly once."""

import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from contracts import WorkFailed
from contracts.segmenting import (
    BatchAsked,
    MergeAsked,
    MergeCategory,
    Phase,
    RefineAsked,
    RefineCategory,
)
from segmenter.domain.extracting import batch_taxonomy
from segmenter.domain.merging import merged_taxonomy
from segmenter.domain.refining import refined_batch
from tests.packager.test_fuzz import SPELLINGS, wrong_type_of
from tests.segmenter.answering import asker, step
from tests.segmenter.inputs import products
from tests.segmenter.test_rows import HERE

ANSWERS = 1000
SEED = 11

PRODUCTS, _ = products(12)
IDS = sorted(product.item_id for product in PRODUCTS)
BATCH = BatchAsked(number=3, product_ids=tuple(IDS), bodies=HERE)
MERGE = MergeAsked(
    level=0,
    number=2,
    categories=tuple(
        MergeCategory(category_id=f"b{n}.0", category_name=f"Kind {n}", definition="", product_count=n + 1)
        for n in range(9)
    ),
)
REFINE = RefineAsked(
    number=1,
    categories=tuple(
        RefineCategory(category_id=f"m0.0.{n}", category_name=f"Kind {n}", definition="") for n in range(4)
    ),
    product_ids=tuple(IDS),
    current=("m0.0.0",) * len(IDS),
    bodies=HERE,
)

Lists = list[list[Any]]


def dealt(chance: random.Random, names: Sequence[str], hands: int) -> list[list[str]]:
    """Each name in one of so many hands; some may be empty."""
    found: list[list[str]] = [[] for _ in range(hands)]
    for name in names:
        chance.choice(found).append(name)
    return [hand for hand in found if hand]


def extraction(chance: random.Random) -> tuple[Any, Lists]:
    hands = dealt(chance, [f"P_{n}" for n in range(len(IDS))], 4)
    out = hands.pop() if chance.random() < 0.5 and len(hands) > 1 else []
    categories = [
        {"category_name": f"Kind {n}", "definition": "Alike.", "product_ids": hand}
        for n, hand in enumerate(hands)
    ]
    return {"categories": categories, "out_of_scope": out}, [*hands, out]


def consolidation(chance: random.Random) -> tuple[Any, Lists]:
    hands = dealt(chance, [f"S_{n}" for n in range(len(MERGE.categories))], 4)
    return {
        "categories": [
            {"category_name": f"Kind {n}", "definition": "", "merged": hand} for n, hand in enumerate(hands)
        ]
    }, list(hands)


def refinement(chance: random.Random) -> tuple[Any, Lists]:
    rows: list[Any] = [
        {"product_id": f"P_{n}", "category_id": f"S_{chance.randrange(len(REFINE.categories))}"}
        for n in range(len(IDS))
    ]
    return {"assignments": rows}, [rows]


def untouched(_: random.Random, answer: Any, __: Lists) -> Any:
    return answer


def id_missing(chance: random.Random, answer: Any, lists: Lists) -> Any:
    hand = chance.choice([hand for hand in lists if hand])
    hand.pop(chance.randrange(len(hand)))
    return answer


def id_twice(chance: random.Random, answer: Any, lists: Lists) -> Any:
    full = [hand for hand in lists if hand]
    chance.choice(full).append(chance.choice(chance.choice(full)))
    return answer


def id_beyond(chance: random.Random, answer: Any, lists: Lists) -> Any:
    hand = chance.choice([hand for hand in lists if hand])
    hand.append({"product_id": "P_99", "category_id": "S_0"} if isinstance(hand[0], dict) else "P_99")
    return answer


def id_of_upstream(chance: random.Random, answer: Any, lists: Lists) -> Any:
    """The index in the batch is no product id, and a product id is no index in the batch."""
    hand = chance.choice([hand for hand in lists if hand])
    place = chance.randrange(len(hand))
    odd = chance.choice([3, -1, "3", IDS[0], "p_0", "P_00", None, 1.5, "S_77"])
    if isinstance(hand[place], dict):
        hand[place][chance.choice(["product_id", "category_id"])] = odd
    else:
        hand[place] = odd
    return answer


def equal_names(_: random.Random, answer: Any, __: Lists) -> Any:
    for category in answer.get("categories", []):
        category["category_name"] = "kind 0!"
    return answer


def reserved_name(_: random.Random, answer: Any, __: Lists) -> Any:
    for category in answer.get("categories", [])[:1]:
        category["category_name"] = "Out of Scope"
    return answer


def wrong_type(chance: random.Random, answer: Any, __: Lists) -> Any:
    return wrong_type_of(chance, answer)


SHAPES: tuple[Callable[[random.Random, Any, Lists], Any], ...] = (
    untouched,
    untouched,
    id_missing,
    id_twice,
    id_beyond,
    id_of_upstream,
    equal_names,
    reserved_name,
    wrong_type,
)


def fuzzed(chance: random.Random, make: Callable[[random.Random], tuple[Any, Lists]]) -> str:
    answer, lists = make(chance)
    text = json.dumps(chance.choice(SHAPES)(chance, answer, lists))
    return chance.choice(SPELLINGS)(chance, text)


async def extracted(texts: Sequence[str]) -> int:
    asked, _ = asker(texts)
    said = await asked.extract(step("segmentation"), PRODUCTS)
    taxonomy = batch_taxonomy(BATCH, said.value)
    named = [item for category in taxonomy.categories for item in category.product_ids]
    assert sorted([*named, *taxonomy.out_of_scope]) == IDS
    assert len({category.category_id for category in taxonomy.categories}) == len(taxonomy.categories)
    return said.repaired


async def merged(texts: Sequence[str]) -> int:
    asked, _ = asker(texts)
    said = await asked.merge(step("consolidate_taxonomy"), MERGE)
    found = merged_taxonomy(MERGE, said.value)
    went = sorted(name for category in found.categories for name in category.merged)
    assert went == sorted(category.category_id for category in MERGE.categories)
    return said.repaired


async def refined(texts: Sequence[str]) -> int:
    asked, _ = asker(texts)
    said = await asked.refine(step("refine_assignments"), REFINE, PRODUCTS)
    found = refined_batch(REFINE, said.value)
    assert len(found.category_ids) == len(IDS)
    assert set(found.category_ids) <= {category.category_id for category in REFINE.categories}
    return said.repaired


PHASES: dict[Phase, tuple[Any, Any]] = {
    "segmentation": (extraction, extracted),
    "consolidate_taxonomy": (consolidation, merged),
    "refine_assignments": (refinement, refined),
}


@pytest.mark.parametrize("phase", PHASES)
async def test_no_answer_loses_an_id_or_brings_a_foreign_one_in(phase: Phase) -> None:
    chance = random.Random(SEED)  # noqa: S311 - no secret
    make, ask = PHASES[phase]
    ends: Counter[str] = Counter()
    for _ in range(ANSWERS):
        try:
            repaired = await ask([fuzzed(chance, make) for _ in range(chance.randint(1, 3))])
        except WorkFailed as failure:
            ends[failure.code] += 1
        else:
            ends["repaired" if repaired else "good"] += 1

    assert ends.total() == ANSWERS
    assert set(ends) == {"good", "repaired", "bad_answer"}, "all ends have to be seen"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(lambda a: a["categories"][0]["product_ids"].pop(), "missing: P_", id="an id is missing"),
        pytest.param(
            lambda a: a["categories"][0]["product_ids"].append("P_1"),
            "more than once: P_1",
            id="an id is repeated",
        ),
        pytest.param(
            lambda a: a["categories"][0]["product_ids"].append("P_12"),
            "not among those given: P_12",
            id="beyond the batch",
        ),
        pytest.param(
            lambda a: a["categories"][0]["product_ids"].append(PRODUCTS[0].item_id),
            "not among those given",
            id="an upstream id",
        ),
        pytest.param(
            lambda a: a["out_of_scope"].append("P_0"),
            "more than once: P_0",
            id="in a segment and out of scope",
        ),
        pytest.param(
            lambda a: a["categories"][1].update(category_name="Dimmer"),
            "more than one category",
            id="names alike",
        ),
        pytest.param(
            lambda a: a["categories"].append({"category_name": "Empty", "definition": "", "product_ids": []}),
            "without products",
            id="an empty category",
        ),
        pytest.param(lambda a: a.pop("categories"), "categories: Field required", id="no categories"),
    ],
)
async def test_what_is_wrong_with_an_answer_is_said_in_the_words_of_the_retry_prompt(
    spoil: Callable[[Any], Any], words: str
) -> None:
    good = {
        "categories": [
            {"category_name": "Dimmers", "definition": "", "product_ids": [f"P_{n}" for n in range(6)]},
            {"category_name": "Lamps", "definition": "", "product_ids": [f"P_{n}" for n in range(6, 12)]},
        ],
        "out_of_scope": [],
    }
    bad = json.loads(json.dumps(good))
    spoil(bad)
    asked, script = asker([json.dumps(bad), json.dumps(good)])
    said = await asked.extract(step("segmentation"), PRODUCTS)

    assert said.repaired == 1
    again = script.asked[1].messages[-1].content
    assert words in again
    assert "Every id that was given appears exactly" in again


async def test_a_name_twice_in_one_object_is_found_before_it_is_lost() -> None:
    twice = '{"categories": [], "out_of_scope": ["P_0"], "out_of_scope": ["P_1"]}'
    good = json.dumps({"categories": [], "out_of_scope": [f"P_{n}" for n in range(12)]})
    asked, script = asker([twice, good])
    await asked.extract(step("segmentation"), PRODUCTS)

    assert "names appear twice in one object: 'out_of_scope'" in script.asked[1].messages[-1].content


async def test_braces_in_a_text_do_not_end_the_answer() -> None:
    odd = {
        "category_name": "Curly } lamps {",
        "definition": '}{ "',
        "product_ids": [f"P_{n}" for n in range(12)],
    }
    asked, _ = asker([f"Sure: {json.dumps({'categories': [odd], 'out_of_scope': []})} Anything else?"])
    said = await asked.extract(step("segmentation"), PRODUCTS)

    assert (said.repaired, said.value.categories[0].name) == (0, "Curly } lamps {")


async def test_only_the_good_answer_is_kept_under_the_first_question() -> None:
    """A later run finds the answer that was good, whatever was said before it, and pays nothing."""
    good = json.dumps({"categories": [], "out_of_scope": [f"P_{n}" for n in range(12)]})
    asked, script = asker(["{}", good])
    first = await asked.extract(step("segmentation"), PRODUCTS)
    again = await asked.extract(step("segmentation"), PRODUCTS)

    assert again == first
    assert len(script.asked) == 2
