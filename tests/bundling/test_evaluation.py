"""What is kept back, how lists are measured, and who wins on orders whose pairs were planted."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundling.catalog import Catalog
from bundling.evaluation import Evaluation, evaluate, hold_out, paired
from bundling.evaluation.evaluating import allowed_beside
from bundling.evaluation.holdout import draw_anchors
from bundling.evaluation.measures import coverage, diversity, hit, ndcg, surprise
from bundling.evaluation.recommenders import CoCount, Popularity
from bundling.orders import NOT_SAID, OrderBook, Sale
from contracts.product import Product

SEEDS = (1, 2, 3)


def rows(*numbers: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.array(numbers, np.int32)


def catalog(size: int, family: int = 1, vectors: Sequence[Sequence[float]] = ()) -> Catalog:
    """Products 000, 001 and so on; so many in a row are variants of one, and two categories take turns."""
    products = [
        Product(
            product_id=f"{row:03}",
            name="x",
            category="ab"[row % 2],
            variant_of=f"{row // family}" if family > 1 else None,
        )
        for row in range(size)
    ]
    given_vectors = np.array(vectors, np.float32) if vectors else np.empty((size, 0), np.float32)
    return Catalog.of(products, given_vectors)


def book(orders: Sequence[Sequence[int]], size: int, placed_ms: Sequence[int] | None = None) -> OrderBook:
    moments = placed_ms or range(len(orders))
    sales = [
        Sale(f"{place:05}", moment, NOT_SAID, [(f"{row:03}", 1.0, math.nan) for row in bought])
        for place, (bought, moment) in enumerate(zip(orders, moments, strict=True))
    ]
    return OrderBook.of(sales).renumbered([f"{row:03}" for row in range(size)])


def planted(orders: int = 600, pairs: int = 10, seed: int = 4) -> OrderBook:
    """Product 2i goes with 2i + 1 in two orders of three; the two best sellers stand in any."""
    generator = np.random.default_rng(seed)
    favourites = [2 * pairs, 2 * pairs + 1]
    bought = []
    for pair in generator.integers(0, pairs, orders).tolist():
        if generator.random() < 2 / 3:
            bought.append([2 * pair, 2 * pair + 1])
        else:
            bought.append([2 * pair, favourites[int(generator.integers(0, 2))]])
    return book(bought, 2 * pairs + 2)


@pytest.fixture(scope="module")
def on_planted() -> Evaluation:
    return evaluate(planted(), catalog(22), seeds=SEEDS, k=1)


def test_the_newest_fifth_is_kept_back_and_no_order_is_on_both_sides() -> None:
    parts = hold_out(book([[0, 1]] * 10, 2, placed_ms=[9, 8, 7, 6, 5, 4, 3, 2, 1, 0]))

    assert parts.test.order_ids == ("00001", "00000")
    assert set(parts.train.order_ids).isdisjoint(parts.test.order_ids)
    assert parts.train.orders + parts.test.orders == 10
    assert parts.as_of_ms == 8


def test_orders_of_one_moment_are_cut_by_their_ids() -> None:
    parts = hold_out(book([[0, 1]] * 5, 2, placed_ms=[7] * 5))

    assert parts.test.order_ids == ("00004",)


def test_what_is_kept_back_changes_no_list() -> None:
    """Twice the same past; the futures differ, so results differ, but what is offered does not."""
    past = [[0, 1], [0, 1], [2, 3], [2, 3]] * 10
    one = evaluate(book(past + [[0, 1]] * 10, 4), catalog(4), seeds=SEEDS, k=1)
    other = evaluate(book(past + [[0, 3]] * 10, 4), catalog(4), seeds=SEEDS, k=1)

    assert one.results[0].hit_rate == 1.0
    assert other.results[0].hit_rate == 0.0
    assert one.trained_on == other.trained_on == 40


def test_an_anchor_is_drawn_from_every_order_of_two_products_and_the_rest_is_to_be_found() -> None:
    test = book([[0], [1, 2], [0, 2, 3]], 4)

    drawn = draw_anchors(test, rows(0, 1, 2, 3), seed=5)

    assert drawn.orders.tolist() == [1, 2]
    for order, anchor, relevant in zip(drawn.orders, drawn.rows, drawn.relevant, strict=True):
        bought = test.products[test.starts[order] : test.starts[order + 1]].tolist()
        assert sorted([int(anchor), *relevant.tolist()]) == bought


def test_any_product_of_an_order_may_be_its_anchor() -> None:
    test = book([[0, 1, 2]], 3)

    drawn = {int(draw_anchors(test, rows(0, 1, 2), seed).rows[0]) for seed in range(40)}

    assert drawn == {0, 1, 2}


def test_an_order_of_variants_alone_asks_nothing() -> None:
    drawn = draw_anchors(book([[0, 1], [0, 2]], 3), rows(7, 7, 8), seed=5)

    assert drawn.orders.tolist() == [1]


def test_neither_the_anchor_nor_its_variants_may_be_offered() -> None:
    assert allowed_beside(2, catalog(6, family=2)).tolist() == [True, True, False, False, True, True]


def test_a_list_hits_where_any_of_it_was_bought() -> None:
    assert hit(rows(4, 5), rows(5, 9)) == 1.0
    assert hit(rows(4, 5), rows(6)) == 0.0
    assert hit(rows(), rows(6)) == 0.0


@pytest.mark.parametrize(
    ("offered", "relevant", "expected"),
    [
        (rows(1, 2, 3), rows(1), 1.0),
        (rows(2, 1, 3), rows(1), 1 / math.log2(3)),
        (rows(2, 3, 1), rows(1), 0.5),
        (rows(1, 2, 3), rows(1, 3), 1.5 / (1 + 1 / math.log2(3))),
        (rows(1, 2, 3), rows(1, 2, 3, 4, 5), 1.0),  # no list of three holds more than three
        (rows(1), rows(1, 2), 1 / (1 + 1 / math.log2(3))),
        (rows(), rows(1), 0.0),
    ],
)
def test_ndcg_is_what_is_computed_by_hand(
    offered: np.ndarray[tuple[int], np.dtype[np.int32]],
    relevant: np.ndarray[tuple[int], np.dtype[np.int32]],
    expected: float,
) -> None:
    assert ndcg(offered, relevant, 3) == pytest.approx(expected)


@given(st.permutations(range(8)), st.sets(st.integers(0, 11), min_size=1))
def test_ndcg_stays_within_0_and_1_and_agrees_with_hits(offered: list[int], relevant: set[int]) -> None:
    value = ndcg(rows(*offered), rows(*sorted(relevant)), 8)

    assert 0.0 <= value <= 1.0
    assert (value > 0) == bool(hit(rows(*offered), rows(*sorted(relevant))))


def test_coverage_counts_a_product_once() -> None:
    assert coverage([rows(0, 1), rows(1, 2)], 12) == 0.25
    assert math.isnan(coverage([], 12))


def test_without_vectors_a_list_is_as_diverse_as_its_categories() -> None:
    assert diversity(rows(0, 2, 4, 1), catalog(6)) == 0.5
    assert math.isnan(diversity(rows(0), catalog(6)))


def test_with_vectors_a_list_is_diverse_where_its_products_are_unlike() -> None:
    texts = catalog(3, vectors=[[1, 0], [1, 0], [0, 1]])

    assert diversity(rows(0, 1), texts) == pytest.approx(0.0)
    assert diversity(rows(0, 2), texts) == pytest.approx(1.0)
    assert diversity(rows(0, 1, 2), texts) == pytest.approx(2 / 3)


def test_what_all_buy_is_no_surprise_and_what_none_buys_is_the_greatest() -> None:
    values = surprise(np.array([7, 3, 1, 0]), orders=7)

    assert values.tolist() == pytest.approx([0, 1 / 3, 2 / 3, 1])


def test_the_interval_covers_a_known_difference_about_as_often_as_it_says() -> None:
    generator = np.random.default_rng(3)
    covered = 0
    for seed in range(200):
        noise = generator.normal(0, 1, 200)
        found = paired(noise + generator.normal(0.3, 1, 200), noise, seed=seed, draws=400)
        covered += found.low <= 0.3 <= found.high

    assert 0.9 <= covered / 200 <= 0.99


def test_a_difference_of_each_order_is_narrower_than_that_of_means() -> None:
    shared = np.random.default_rng(3).normal(0, 10, 500)

    found = paired(shared + 0.1, shared, seed=1)

    assert found.low == pytest.approx(0.1)
    assert found.high == pytest.approx(0.1)


def test_no_order_gives_no_interval() -> None:
    assert math.isnan(paired(np.empty(0), np.empty(0), seed=1).mean)


def test_one_seed_gives_one_interval_and_another_seed_another() -> None:
    one, other = np.random.default_rng(3).random((2, 100))

    assert paired(one, other, seed=1) == paired(one, other, seed=1)
    assert paired(one, other, seed=1) != paired(one, other, seed=2)


def test_popularity_loses_where_pairs_were_planted(on_planted: Evaluation) -> None:
    ours, counted, popular = on_planted.results

    assert popular.recommender == "popularity"
    assert popular.hit_rate < 0.3 < ours.hit_rate
    assert popular.ndcg < counted.ndcg
    assert next(gain for gain in on_planted.gains if gain.over == "popularity").ndcg.low > 0.2


def test_popularity_covers_least_and_surprises_least(on_planted: Evaluation) -> None:
    ours, counted, popular = on_planted.results

    assert popular.coverage < min(ours.coverage, counted.coverage)
    assert popular.novelty < min(ours.novelty, counted.novelty)


def test_the_same_seeds_give_the_same_evaluation_and_others_another(on_planted: Evaluation) -> None:
    assert repr(evaluate(planted(), catalog(22), seeds=SEEDS, k=1)) == repr(on_planted)
    assert repr(evaluate(planted(), catalog(22), seeds=(8,), k=1)) != repr(on_planted)


def test_more_seeds_are_not_more_orders(on_planted: Evaluation) -> None:
    assert on_planted.tested_on == 120
    assert evaluate(planted(), catalog(22), seeds=(1,), k=1).tested_on == 120


@pytest.mark.parametrize("orders", [[], [[0]], [[0], [1], [2], [1], [0]]])
def test_a_store_without_pairs_has_no_scores(orders: list[list[int]]) -> None:
    found = evaluate(book(orders, 3), catalog(3), seeds=SEEDS)

    assert found.tested_on == 0
    assert math.isnan(found.results[0].hit_rate)
    assert math.isnan(found.gains[0].ndcg.low)


def test_equal_counts_are_ranked_by_sales_and_then_by_row() -> None:
    sold = book([[0, 1], [0, 2], [2], [0, 3]], 4)

    offered, scores = CoCount.fit(sold, 4).best(0, 3, allowed_beside(0, catalog(4)))

    assert offered.tolist() == [2, 1, 3]
    assert scores.tolist() == [1, 1, 1]
    assert Popularity.fit(sold, 4).best(0, 1, allowed_beside(0, catalog(4)))[0].tolist() == [2]
