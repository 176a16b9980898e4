"""Near duplicates and attributes that are alike."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.ranking import NegativeRules
from ranking import likeness as module
from ranking.likeness import Likeness, cosines, unit
from ranking.words import overlap, words
from tests.ranking.made_up import candidate, collection_of

RULES = NegativeRules()
WORDS = st.lists(st.sampled_from("abcdefgh"), max_size=8).map(" ".join)


def test_near_duplicates_are_those_with_close_vectors_or_with_the_same_words() -> None:
    vectors = {"a": (1.0, 0.0), "b": (0.99, 0.1), "c": (0.0, 1.0), "d": (-1.0, 0.0), "e": (0.9, -0.5)}
    texts = {"a": "one two", "b": "three four", "c": "five six", "d": "SIX, five!", "e": "seven eight"}
    held = [candidate(name, text) for name, text in texts.items()]

    found = Likeness.of(collection_of(held, (), vectors=vectors), RULES)

    assert dict(found.duplicates) == {
        0: frozenset({1}),
        1: frozenset({0}),
        2: frozenset({3}),
        3: frozenset({2}),
        4: frozenset(),
    }
    assert found.near(0, {1, 4})
    assert not found.near(0, {0, 2})
    assert found.duplicates_of([0, 3]).tolist() == [False, True, True, False, False]


@given(st.lists(WORDS, min_size=1, max_size=12), st.sampled_from([0.3, 0.5, 0.75, 0.9, 1.0]))
def test_every_pair_that_shares_enough_words_is_found(texts: list[str], least: float) -> None:
    held = [candidate(f"{number:02}", f"{text} ") for number, text in enumerate(texts)]
    rules = NegativeRules(near_duplicate_overlap=least)

    found = Likeness.of(collection_of(held, ()), rules).duplicates

    assert {(row, other) for row in found for other in found[row]} == {
        (row, other)
        for row, one in enumerate(texts)
        for other, two in enumerate(texts)
        if row != other and overlap(words(one), words(two)) >= least
    }


def test_pairs_are_found_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(3)
    held = [candidate(f"{number:02}", f"text {number % 7} of {number % 11}") for number in range(60)]
    vectors = {one.candidate_id: chance.normal(size=4).tolist() for one in held}
    collection = collection_of(held, (), vectors=vectors)
    whole = dict(Likeness.of(collection, RULES).duplicates)

    monkeypatch.setattr(module, "BLOCK", 7)

    assert dict(Likeness.of(collection, RULES).duplicates) == whole
    assert any(whole.values())


def test_one_vector_is_close_enough_whatever_the_limit() -> None:
    directions = np.random.default_rng(5).normal(size=(50, 384))
    held = [candidate(f"{number:03}") for number in range(100)]
    scaled = np.vstack([directions, 3 * directions]).tolist()
    vectors = {one.candidate_id: vector for one, vector in zip(held, scaled, strict=True)}

    found = Likeness.of(collection_of(held, (), vectors=vectors), NegativeRules(near_duplicate_similarity=1))

    assert all(found.near(row, {row + 50}) for row in range(50))


def test_candidates_with_one_vector_are_equally_near() -> None:
    vector = np.random.default_rng(5).normal(size=384).astype(np.float32)
    near = cosines(
        unit(np.tile(vector, (101, 1)) * np.arange(1, 102, dtype=np.float32)[:, np.newaxis]), vector
    )

    assert set(near.tolist()) == {1.0}


def test_a_vector_without_direction_is_near_to_nobody() -> None:
    held = [candidate("a"), candidate("b")]

    found = Likeness.of(collection_of(held, (), vectors={"a": (0.0, 0.0), "b": (0.0, 0.0)}), RULES)

    assert found.duplicates[0] == frozenset()


def test_attributes_are_compared_with_sectors_and_regions() -> None:
    held = [
        candidate("a", sectors=("cars",), regions=("DE",), attributes=("size: 1",)),
        candidate("b", sectors=("cars",), regions=("DE",), attributes=("size: 1",)),
        candidate("c", sectors=("cars",), regions=("FR",), attributes=("size: 1",)),
    ]
    found = Likeness.of(collection_of(held, ()), RULES)

    assert found.attributes_alike(0, {1, 2})
    assert not found.attributes_alike(0, {2})
    assert not found.attributes_alike(0, set())
    assert found.alike_to([0]).tolist() == [True, True, False]


def test_without_attributes_nobody_is_alike() -> None:
    held = [candidate(name, sectors=("cars",), regions=("DE",)) for name in "ab"]
    found = Likeness.of(collection_of(held, ()), NegativeRules(attribute_overlap=0))

    assert not found.attributes_alike(0, {1})
    assert not found.alike_to([0, 1]).any()


def test_there_is_no_row_beyond_the_last() -> None:
    found = Likeness.of(collection_of([candidate("a")], ()), RULES)

    assert 1 not in found.duplicates
    assert len(found.duplicates) == 1
