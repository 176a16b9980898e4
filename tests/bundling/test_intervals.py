"""A share that few cases speak for is hardly known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from bundling.intervals import certainty, wilson


@given(st.integers(1, 100_000).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_the_interval_is_that_of_scipy(case: tuple[int, int]) -> None:
    successes, trials = case
    expected = binomtest(successes, trials).proportion_ci(0.95, method="wilson")

    assert wilson(successes, trials) == pytest.approx((expected.low, expected.high), abs=1e-12)


@given(st.integers(0, 1000).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_the_share_lies_in_its_interval_and_certainty_is_a_share(case: tuple[int, int]) -> None:
    successes, trials = case
    low, high = wilson(successes, trials)

    assert 0 <= low <= high <= 1
    assert 0 <= certainty(successes, trials) <= 1
    if trials:
        assert low - 1e-12 <= successes / trials <= high + 1e-12


def test_of_no_trials_nothing_is_known() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert certainty(0, 0) == 0


def test_more_cases_of_the_same_share_are_surer() -> None:
    sure = [certainty(trials // 5, trials) for trials in (5, 20, 100, 1000)]
    assert sure == sorted(sure)
    assert sure[-1] > 0.9
