"""Bundles are chosen for how good they are and how much they differ from those before."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundling.diversity import LAMBDA, MOST, Members, families, jaccard, normalised, select

scores = st.floats(0, 1, allow_subnormal=False)
members = st.frozensets(st.integers(0, 6), min_size=2, max_size=4)
some = st.lists(st.tuples(scores, members), max_size=14)


def by_hand(scores: list[float], sets: list[Members], most: int, weight: float) -> list[int]:
    """As the formula reads, with every similarity counted again in every round."""
    low, high = min(scores, default=0.0), max(scores, default=0.0)
    relevance = [(score - low) / (high - low) if high > low else 1.0 for score in scores]
    picked: list[int] = []
    while len(picked) < min(most, len(scores)):

        def worth(place: int) -> tuple[float, float, int]:
            alike = max(
                (len(sets[place] & sets[one]) / len(sets[place] | sets[one]) for one in picked), default=0.0
            )
            return weight * relevance[place] - (1 - weight) * alike, scores[place], -place

        picked.append(max((place for place in range(len(scores)) if place not in picked), key=worth))
    return picked


@given(some, st.integers(1, 12), st.sampled_from([0.0, 0.3, 0.7, 1.0]))
def test_the_choice_is_that_of_the_formula(
    given_some: list[tuple[float, Members]], most: int, weight: float
) -> None:
    values, sets = [one for one, _ in given_some], [one for _, one in given_some]
    found = select(values, sets, most=most, weight=weight)
    assert [pick.place for pick in found.picks] == by_hand(values, sets, most, weight)


@given(some)
def test_values_are_bounded_and_the_best_comes_first(given_some: list[tuple[float, Members]]) -> None:
    values, sets = [one for one, _ in given_some], [one for _, one in given_some]
    found = select(values, sets)
    assert len(found.picks) == min(MOST, len(values))
    assert all(-(1 - LAMBDA) - 1e-9 <= pick.mmr <= LAMBDA + 1e-9 for pick in found.picks)
    if values:
        assert values[found.picks[0].place] == max(values)
        assert found.picks[0].mmr == pytest.approx(LAMBDA)


@given(st.lists(scores, min_size=1, max_size=9), st.floats(0.001, 1000), st.floats(-5, 5))
def test_the_scale_of_scores_does_not_matter(values: list[float], factor: float, shift: float) -> None:
    rounded = [round(value, 3) for value in values]
    assert normalised([one * factor + shift for one in rounded]) == pytest.approx(
        normalised(rounded), abs=1e-6
    )


def test_a_worse_bundle_that_differs_is_preferred_to_the_best_one_again() -> None:
    sets = [frozenset({1, 2}), frozenset({1, 2, 3}), frozenset({8, 9}), frozenset({6, 7})]
    found = select([0.9, 0.88, 0.7, 0.1], sets, most=2)
    assert [pick.place for pick in found.picks] == [0, 2]
    assert found.similarity == 0
    assert found.similarity_by_score == pytest.approx(2 / 3)


def test_without_diversity_only_scores_count() -> None:
    sets = [frozenset({1, 2})] * 3
    found = select([0.1, 0.9, 0.5], sets, weight=1.0)
    assert [pick.place for pick in found.picks] == [1, 2, 0]
    assert found.similarity == found.similarity_by_score == 1


def test_equal_ones_are_taken_as_they_come() -> None:
    found = select([0.5, 0.5, 0.5], [frozenset({n, n + 10}) for n in range(3)])
    assert [pick.place for pick in found.picks] == [0, 1, 2]


def test_variants_count_as_one_product() -> None:
    family = np.array([0, 0, 1, 2], np.int32)
    assert jaccard(families((0, 2), family), families((1, 2), family)) == 1
    assert jaccard(families((0, 2), family), families((1, 3), family)) == pytest.approx(1 / 3)


def test_of_nothing_nothing_is_chosen() -> None:
    assert select([], []).picks == ()
