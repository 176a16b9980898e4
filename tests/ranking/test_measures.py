"""Measures against figures worked out by hand, and intervals against what they have to be."""

from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.training.benchmark import JudgedQuery
from ranking.training.evaluating import Difference, Evaluation, verdicts
from ranking.training.measures import Interval, interval, measured

ROWS = 150


def test_ndcg_weighs_grades_by_their_place() -> None:
    query = JudgedQuery("q", "words", rows=(0, 1, 2, 3), grades=(3, 2, 0, 1))

    [[ndcg, _, _]] = measured([query], [np.array([2, 1, 9, 0])])

    found = 2 / log2(3) + 3 / log2(5)
    best = 3 / log2(2) + 2 / log2(3) + 1 / log2(4)
    assert ndcg == pytest.approx(found / best, abs=1e-6)


def test_mrr_is_one_over_the_place_of_the_first_relevant_document() -> None:
    query = JudgedQuery("q", "words", rows=(4, 7), grades=(0, 1))

    [[_, mrr, _]] = measured([query], [np.array([4, 5, 7])])

    assert mrr == pytest.approx(1 / 3)


def test_recall_ends_at_a_hundred() -> None:
    query = JudgedQuery("q", "words", rows=(0, 99, 100, 149), grades=(1, 1, 2, 3))

    [[_, _, recall]] = measured([query], [np.arange(ROWS)])

    assert recall == 0.5


def test_a_query_for_which_nothing_was_found_counts_as_zero() -> None:
    queries = [JudgedQuery("a", "words", (0,), (1,)), JudgedQuery("b", "words", (0,), (1,))]

    values = measured(queries, [np.array([], np.int64), np.array([0])])

    assert values.tolist() == [[0, 0, 0], [1, 1, 1]]


@given(st.permutations(range(12)))
def test_measures_follow_the_order_alone_and_the_best_order_has_one(order: list[int]) -> None:
    grades = (3, 3, 2, 2, 1, 1, 0, 0, 0, 0, 0, 0)
    query = JudgedQuery("q", "words", tuple(range(12)), grades)

    [[ndcg, mrr, recall]] = measured([query], [np.array(order)])

    first = min(order.index(row) for row in range(6))
    gains = [grades[row] / log2(place + 2) for place, row in enumerate(order[:10])]
    best = [grade / log2(place + 2) for place, grade in enumerate(grades[:10])]
    assert ndcg == pytest.approx(sum(gains) / sum(best), abs=1e-6)
    assert (mrr, recall) == (pytest.approx(1 / (first + 1)), 1)


def test_an_interval_holds_its_mean_and_is_as_wide_as_theory_says() -> None:
    values = np.random.default_rng(1).normal(0.4, 0.1, 400)

    found = interval(values, seed=7)

    assert found.low < found.mean < found.high
    assert found.mean == pytest.approx(values.mean())
    assert found.high - found.low == pytest.approx(2 * 1.96 * 0.1 / 20, rel=0.15)


def test_an_interval_of_equal_values_has_no_width() -> None:
    assert interval(np.full(9, 0.25), seed=3) == Interval(0.25, 0.25, 0.25)


def test_the_same_seed_gives_the_same_interval_and_another_one_another() -> None:
    values = np.linspace(0, 1, 30)

    assert interval(values, seed=1) == interval(values, seed=1)
    assert interval(values, seed=1) != interval(values, seed=2)


def test_paired_differences_are_surer_than_two_means() -> None:
    """Queries differ far more than the systems that answer them."""
    generator = np.random.default_rng(2)
    one = generator.random(100)
    other = one - 0.02 + generator.normal(0, 0.01, 100)

    paired, alone = interval(one - other, seed=7), interval(one, seed=7)

    assert paired.low > 0
    assert paired.high - paired.low < (alone.high - alone.low) / 10


@pytest.mark.parametrize(
    ("gain", "words"),
    [
        pytest.param(Interval(0.1, 0.05, 0.2), "the ranker beats BM25", id="above zero"),
        pytest.param(Interval(-0.1, -0.2, -0.05), "does not beat BM25, it is worse", id="below zero"),
        pytest.param(
            Interval(0.1, -0.05, 0.2), "whether the ranker beats BM25 cannot be told", id="around zero"
        ),
        pytest.param(Interval(0.0, 0.0, 0.0), "does not beat BM25, it is as good", id="equal everywhere"),
    ],
)
def test_what_may_be_said_follows_from_the_interval(gain: Interval, words: str) -> None:
    difference = Difference("BM25", (gain, gain, gain))
    found = Evaluation("b", "test", "hash", 7, 10, 0, 0, (), (difference,))

    [said] = verdicts(found)

    assert words in said
    assert f"{gain.mean:+.4f}" in said
