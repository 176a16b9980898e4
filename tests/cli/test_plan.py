"""What clusters come to, in calls, tokens, money and time."""

from dataclasses import replace

import numpy as np
import pytest

from cli.planning.forecast import Habit, History, Line, Pool, forecast
from cli.planning.scenarios import NAMED, Scenario, sweep
from cli.planning.shapes import Shape, combined, shape_of
from clustering import Grouping
from contracts.settings import ClusterSettings

HABIT = Habit("model", Line(100, 10), Line(50, 0))
HISTORY = History(HABIT, HABIT)
ONE_AFTER_THE_OTHER = Pool(1)
SHAPE = Shape(deals=100, sizes=(20, 20, 20, 20, 20, 20), left=5, shared=19)


def price(model: str, prompt: int, completion: int) -> float | None:
    return (prompt + 2 * completion) / 1000 if model == "model" else None


def test_there_is_one_call_for_each_cluster_and_one_for_each_package() -> None:
    made = forecast(SHAPE, HISTORY, Pool(64), price)

    assert made.packages == round(6 * 3.8)
    assert made.packager.calls == 6
    assert made.enricher.calls == made.packages


def test_tokens_follow_the_deals_of_a_call() -> None:
    made = forecast(SHAPE, HISTORY, Pool(64), price)

    assert made.packager.prompt_tokens == 6 * (100 + 10 * 20)
    assert made.enricher.prompt_tokens == round(23 * (100 + 10 * 120 / 23))
    assert made.usd == pytest.approx((sum(made.tokens) + made.tokens[1]) / 1000)


def test_repairs_are_calls_as_well() -> None:
    history = replace(HISTORY, packager=replace(HABIT, repairs=0.5))

    assert forecast(SHAPE, history, Pool(64), price).packager.calls == 9


def test_a_model_without_a_price_makes_the_cost_unknown() -> None:
    history = replace(HISTORY, enricher=replace(HABIT, model="another"))

    assert forecast(SHAPE, history, Pool(64), price).usd is None


@pytest.mark.parametrize(
    ("pool", "seconds"),
    [
        pytest.param(ONE_AFTER_THE_OTHER, 29 * 20, id="one after the other"),
        pytest.param(Pool(10), 3 * 20, id="ten at once"),
        pytest.param(Pool(64), 2 * 20, id="a package is described after its cluster's answer"),
        pytest.param(Pool(64, requests_per_minute=10), 29 * 6, id="requests are limited"),
        pytest.param(Pool(64, tokens_per_minute=1000), 6750 / 1000 * 60, id="tokens are limited"),
    ],
)
def test_time_is_that_of_the_narrowest_limit(pool: Pool, seconds: float) -> None:
    made = forecast(SHAPE, HISTORY, pool, price)

    assert sum(made.tokens) == 6750
    assert made.seconds == pytest.approx(seconds)
    assert made.sequential_seconds == 29 * 20


def test_no_cluster_costs_nothing() -> None:
    made = forecast(Shape(3, (), 3, 0), HISTORY, Pool(64), price)

    assert (made.calls, made.usd, made.seconds) == (0, 0, 0)


def test_a_shape_counts_deals_once_and_guests_in_each_cluster() -> None:
    made = combined(6, [Grouping([[0, 1, 2], [2, 3]], [4], [0, 0, 0, 1, -1]), Grouping([[0]], [], [0])])

    assert made == Shape(6, (3, 2, 1), 1, 1)
    assert made.overlap == 1 / 5
    assert made.mean_homes == 5 / 3


def test_fewer_deals_than_the_minimum_are_no_cluster() -> None:
    vectors = np.eye(4, dtype=np.float32)

    assert shape_of(vectors, ClusterSettings()) == Shape(4, (), 4, 0)


def test_more_deals_than_a_cell_holds_are_clustered_by_cells() -> None:
    chance = np.random.default_rng(1)
    vectors = chance.normal(size=(1200, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)

    made = shape_of(vectors, ClusterSettings(cell_deals=500, use_soft_assignments=False))

    assert sum(made.sizes) + made.left == 1200
    assert max(made.sizes) <= 25


def test_a_sweep_moves_one_setting_at_a_time_and_shows_nothing_twice() -> None:
    base = ClusterSettings(min_cluster_size=12)
    made = list(sweep(base))
    settings = [one for _, one in made]

    assert settings[0] == base
    assert len(settings) == len({one.model_dump_json() for one in settings})
    assert all(one.min_cluster_size <= one.max_deals_per_cluster for one in settings)


def test_every_named_scenario_fits_the_defaults() -> None:
    assert [scenario for scenario in NAMED if scenario.of(ClusterSettings()) is None] == []
    assert Scenario("", {"max_deals_per_cluster": 4}).of(ClusterSettings()) is None
