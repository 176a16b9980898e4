"""What is offered beside a product on real orders, when they are at hand. One code, no setting of a store."""

import pytest

from bundling.evaluation import Evaluation, Gain, evaluate
from tests.bundling.stores import DATA, adventure_works, foodmart

pytestmark = pytest.mark.skipif(
    not ((DATA / "adventureworks_dw").exists() and (DATA / "foodmart").exists()),
    reason="needs ../shared/data/adventureworks_dw and foodmart, or ASSORT_DATA",
)

WORSE = 0.002  # of the hit rate, that is not taken for a loss


@pytest.fixture(scope="module")
def bicycles() -> Evaluation:
    store = adventure_works()
    return evaluate(store.book, store.catalog)


@pytest.fixture(scope="module")
def groceries() -> Evaluation:
    store = foodmart()
    return evaluate(store.book, store.catalog)


def over(found: Evaluation, other: str) -> Gain:
    return next(gain for gain in found.gains if gain.over == other)


def test_beside_bicycles_ours_ranks_better_than_counting_pairs(bicycles: Evaluation) -> None:
    assert len(bicycles.seeds) == 20
    assert over(bicycles, "co-count").ndcg.low > 0


def test_beside_bicycles_ours_hits_no_less_than_counting_pairs(bicycles: Evaluation) -> None:
    assert over(bicycles, "co-count").hit_rate.mean >= -WORSE


def test_beside_groceries_ours_hits_no_less_than_counting_pairs(groceries: Evaluation) -> None:
    assert over(groceries, "co-count").hit_rate.mean >= -WORSE


@pytest.mark.parametrize("store", ["bicycles", "groceries"])
def test_ours_beats_popularity(store: str, request: pytest.FixtureRequest) -> None:
    found: Evaluation = request.getfixturevalue(store)

    assert over(found, "popularity").ndcg.low > 0
    assert over(found, "popularity").hit_rate.low > 0
