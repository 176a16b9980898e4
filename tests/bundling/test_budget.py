"""How much a run takes on follows from what its combos took before."""

from itertools import accumulate
from statistics import mean
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundling.budget import (
    COMBOS_PER_OBJECTIVE,
    FIRST_COST_MS,
    REMEMBERED_RUNS,
    TYPES,
    Combo,
    Rolled,
    allotted_seconds,
    combos,
    objectives_within,
    rolled,
)
from bundling.bundle import Objective

costs = st.floats(0, 1e9)


@pytest.mark.parametrize(
    ("cost_ms", "expected"),
    [(FIRST_COST_MS, 5), (2500, 3), (3500, 2), (2000, 4), (8000, 2), (1e12, 2), (1000, 6), (1, 6), (0, 6)],
)
def test_as_many_objectives_as_fit_but_two_at_least_and_six_at_most(cost_ms: float, expected: int) -> None:
    assert objectives_within(12_000, cost_ms) == expected


@given(costs, costs)
def test_dearer_combos_never_mean_more_objectives(one: float, other: float) -> None:
    cheap, dear = sorted([one, other])
    assert 2 <= objectives_within(12_000, dear) <= objectives_within(12_000, cheap) <= 6


def test_every_objective_has_one_or_two_types_and_one_and_a_half_on_average() -> None:
    assert set(TYPES) == set(get_args(Objective))
    assert {len(set(kinds)) for kinds in TYPES.values()} == {1, 2}
    assert mean(len(kinds) for kinds in TYPES.values()) == COMBOS_PER_OBJECTIVE


def test_combos_come_in_the_order_of_the_objectives() -> None:
    assert combos(["new_launch", "margin_guard"]) == (
        Combo("new_launch", "FBT"),
        Combo("margin_guard", "FBT"),
        Combo("margin_guard", "FIXED"),
    )


def test_the_first_run_is_believed_and_each_later_one_moves_the_cost_by_a_fifth() -> None:
    first = rolled(None, 1000)
    assert first == Rolled(1000, 1)
    second = rolled(first, 2000)
    assert (second.cost_ms, second.runs) == pytest.approx((1200, 2))


def test_after_fifty_runs_the_first_is_forgotten_and_the_count_stops() -> None:
    runs: list[float] = [1_000_000.0, *([100.0] * 70)]
    after = list(accumulate(runs[1:], rolled, initial=rolled(None, runs[0])))

    assert after[REMEMBERED_RUNS].cost_ms < 120
    assert after[-1].runs == REMEMBERED_RUNS


@given(st.floats(0.01, 100), st.integers(1, 12))
def test_whatever_each_combo_takes_the_last_still_gets_time(seconds: float, count: int) -> None:
    left = seconds
    for number in range(count):
        part = allotted_seconds(left, count - number)
        assert 0 < part <= left
        left -= part
    assert left >= -1e-9


def test_a_lone_combo_may_take_all_the_time() -> None:
    assert allotted_seconds(12.0, 1) == 12.0
    assert allotted_seconds(12.0, 3) == pytest.approx(6.0)
