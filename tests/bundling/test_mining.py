"""Pairs, sets and associations: what is counted is right, and what is believed is not chance."""

import itertools
import random
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bundling.deadline import Deadline
from bundling.mining import (
    Associations,
    Baskets,
    Itemsets,
    Pairs,
    associations,
    count_pairs,
    itemsets,
    merged,
    shards,
)
from tests.bundling.baskets import Order, baskets_of, drawn, planted, shuffled, wholesale

PRODUCTS = 9
RATE = 0.05
ALONE = (
    121  # so often is each of a planted pair sold without the other: they meet 3 times as often as by chance
)
orders_of_few = st.lists(st.frozensets(st.integers(0, PRODUCTS - 1)), max_size=30)
quick = settings(deadline=None, max_examples=60)


def together(orders: Iterable[Order]) -> Counter[tuple[int, ...]]:
    return Counter(pair for order in orders for pair in itertools.combinations(sorted(order), 2))


def rows(pairs: Pairs) -> list[tuple[int, int, int]]:
    columns = (pairs.left.tolist(), pairs.right.tolist(), pairs.together.tolist())
    return list(zip(*columns, strict=True))


def by_hand(orders: Sequence[Order], least: int = 2) -> list[tuple[int, int, int]]:
    return [
        (left, right, count) for (left, right), count in sorted(together(orders).items()) if count >= least
    ]


def all_of(levels: Iterable[Itemsets]) -> dict[frozenset[int], int]:
    found = [each for level in levels for each in level.each()]
    assert len(dict(found)) == len(found)  # none is told twice
    return dict(found)


class TestBaskets:
    def test_the_most_sold_of_a_large_order_are_kept_and_the_loss_is_stated(self) -> None:
        often, seldom = [{0, 3}, {0, 3}, {3}], {0, 1, 2, 3}
        cut = baskets_of([*often, seldom], 4).capped(2)

        assert cut.sizes.tolist() == [2, 2, 1, 2]
        assert cut.rows.tolist() == [0, 3, 0, 3, 3, 0, 3]
        assert (cut.cut, cut.lost_pairs, cut.all_pairs) == (1, 5, 8)
        assert cut.lost_pairs / cut.all_pairs == 5 / 8

    def test_of_two_sold_alike_the_first_is_kept(self) -> None:
        assert baskets_of([{1, 2}], 3).capped(1).rows.tolist() == [1]

    def test_a_basket_is_not_cut_to_nothing(self) -> None:
        with pytest.raises(ValueError, match="at least one product"):
            baskets_of([{1}], 2).capped(0)

    @quick
    @given(orders=orders_of_few, cap=st.integers(1, PRODUCTS))
    def test_what_a_cap_loses_is_exact(self, orders: list[Order], cap: int) -> None:
        whole = baskets_of(orders, PRODUCTS)
        cut = whole.capped(cap)
        pairs, left = sum(together(orders).values()), sum(count_pairs(cut, least=1).together.tolist())

        assert cut.all_pairs == pairs
        assert cut.lost_pairs == pairs - left
        assert cut.cut == sum(len(order) > cap for order in orders)
        assert cut.sizes.tolist() == [min(len(order), cap) for order in orders]
        for before, after in zip(orders, held(cut), strict=True):
            assert after <= before
            assert fewest(whole, after) >= most(whole, before - after)


def held(baskets: Baskets) -> list[frozenset[int]]:
    return [frozenset(each.tolist()) for each in np.split(baskets.rows, baskets.starts[1:-1])][
        : baskets.orders
    ]


def fewest(baskets: Baskets, order: Order) -> int:
    return min((int(baskets.item_counts[row]) for row in order), default=0)


def most(baskets: Baskets, order: Order) -> int:
    return max((int(baskets.item_counts[row]) for row in order), default=0)


class TestPairs:
    @quick
    @given(orders=orders_of_few, least=st.integers(1, 4))
    def test_pairs_are_those_that_one_counts_by_hand(self, orders: list[Order], least: int) -> None:
        found = count_pairs(baskets_of(orders, PRODUCTS), least=least)
        assert rows(found) == by_hand(orders, least)
        assert found.complete

    @quick
    @given(orders=orders_of_few, count=st.integers(1, 12), chance=st.randoms(use_true_random=False))
    def test_shards_in_any_order_are_one_count(
        self, orders: list[Order], count: int, chance: random.Random
    ) -> None:
        baskets = baskets_of(orders, PRODUCTS)
        parts = [count_pairs(baskets, shard=shard) for shard in shards(baskets.item_counts, count)]
        chance.shuffle(parts)

        assert len(parts) <= count
        assert rows(merged(parts)) == by_hand(orders)

    def test_shards_share_out_the_work(self) -> None:
        baskets = drawn(300, 4000, seed=3)
        parts = [count_pairs(baskets, least=1, shard=one) for one in shards(baskets.item_counts, 4)]
        pairs = [int(part.together.sum()) for part in parts]
        assert len(parts) == 4
        assert max(pairs) < 1.5 * min(pairs)

    def test_at_the_deadline_a_part_is_handed_over_and_said_to_be_one(self) -> None:
        baskets, ticks = wholesale(2100, 40, seed=1, most=1500), itertools.count()
        part = count_pairs(baskets, deadline=Deadline(1.0, lambda: float(next(ticks))))
        whole = count_pairs(baskets)

        assert whole.complete
        assert not part.complete
        assert 0 < part.size < whole.size
        assert np.array_equal(part.left, whole.left[: part.size])
        assert np.array_equal(part.right, whole.right[: part.size])
        assert np.array_equal(part.together, whole.together[: part.size])

    def test_a_part_makes_the_whole_incomplete(self) -> None:
        part = count_pairs(baskets_of([{0, 1}, {0, 1}], 2), deadline=Deadline(0.0))
        assert not merged([Pairs.none(), part]).complete
        assert merged([Pairs.none(), Pairs.none()]).complete

    @pytest.mark.parametrize("limit", [0.0, float("inf")])
    def test_pairs_are_kept_as_bytes(self, limit: float) -> None:
        pairs = count_pairs(drawn(30, 200, seed=1), deadline=Deadline(limit))
        again = Pairs.from_bytes(pairs.to_bytes())
        assert rows(again) == rows(pairs)
        assert again.complete == pairs.complete
        assert again.to_bytes() == pairs.to_bytes()

    def test_nothing_sold_has_no_pairs(self) -> None:
        for empty in (baskets_of([], 0), baskets_of([], 5), baskets_of([frozenset()], 5)):
            assert rows(count_pairs(empty)) == []


class TestItemsets:
    @quick
    @given(
        orders=orders_of_few,
        support=st.sampled_from([0.01, 0.1, 0.25, 0.5, 1.0]),
        largest=st.sampled_from([None, 1, 2, 3, 9]),
    )
    def test_sets_are_those_that_one_counts_by_hand(
        self, orders: list[Order], support: float, largest: int | None
    ) -> None:
        counts = Counter(
            frozenset(chosen)
            for order in orders
            for size in range(1, (largest or PRODUCTS) + 1)
            for chosen in itertools.combinations(sorted(order), size)
        )
        wanted = {items: count for items, count in counts.items() if count >= support * len(orders) - 1e-9}
        assert all_of(itemsets(baskets_of(orders, PRODUCTS), support, largest=largest)) == wanted

    @pytest.mark.parametrize("largest", [None, 3])
    def test_sets_are_those_of_mlxtend(self, largest: int | None) -> None:
        baskets = drawn(40, 500, seed=8)
        found = all_of(itemsets(baskets, 0.01, largest=largest))
        assert found == of_mlxtend(baskets, 0.01, largest)
        assert max(map(len, found)) >= 3

    def test_a_share_is_not_rounded_past_whole_orders(self) -> None:
        orders = [*[frozenset({0})] * 7, *[frozenset({1})] * 6, *[frozenset[int]()] * 87]
        assert all_of(itemsets(baskets_of(orders, 2), 0.07)) == {frozenset({0}): 7}

    def test_at_the_deadline_what_was_found_is_true(self) -> None:
        baskets, ticks = drawn(40, 500, seed=8), itertools.count()
        whole = all_of(itemsets(baskets, 0.01))
        part = all_of(itemsets(baskets, 0.01, deadline=Deadline(20, lambda: float(next(ticks)))))
        assert len(part) < len(whole)
        assert part.items() <= whole.items()
        assert any(len(items) > 1 for items in part)


def of_mlxtend(baskets: Baskets, support: float, largest: int | None) -> dict[frozenset[int], int]:
    import pandas as pd  # noqa: PLC0415 - a second to load, and only here
    from mlxtend.frequent_patterns import fpgrowth  # noqa: PLC0415 - same

    table = np.zeros((baskets.orders, baskets.products), np.bool_)
    table[baskets.order_of_row, baskets.rows] = True
    found = fpgrowth(pd.DataFrame(table), min_support=support, max_len=largest)
    counts = (found["support"] * baskets.orders).round().astype(int)
    return dict(zip(map(frozenset, found["itemsets"]), counts.tolist(), strict=True))


def believed(baskets: Baskets) -> Associations:
    return associations(count_pairs(baskets), baskets, rate=RATE)


def names(found: Associations) -> list[tuple[int, int]]:
    return list(zip(found.left.tolist(), found.right.tolist(), strict=True))


class TestAssociations:
    @pytest.mark.parametrize(("products", "orders"), [(100, 1000), (50, 5000)])
    def test_chance_is_believed_in_few_stores_of_a_hundred(self, products: int, orders: int) -> None:
        store = drawn(products, orders, seed=5)
        fooled = sum(believed(shuffled(store, seed)).size > 0 for seed in range(100))
        assert fooled <= 5

    def test_long_orders_of_a_wholesaler_are_not_taken_for_taste(self) -> None:
        stores = [wholesale(500, 400, seed, most=100) for seed in range(8)]
        assert [believed(store).size for store in stores] == [0] * len(stores)

    @pytest.mark.parametrize(("products", "seed"), [(100, 1), (200, 2), (300, 3), (300, 4)])
    def test_pairs_bought_three_times_as_often_as_by_chance_are_found(self, products: int, seed: int) -> None:
        store = planted(products, 3000, seed, ALONE)
        found = believed(store.baskets)
        evidence = [found.evidence_of(pair) for pair in store.pairs]

        assert {each.together for each in evidence} == {20}
        assert all(2.8 < each.lift < 3.2 for each in evidence)
        assert set(store.pairs) <= set(names(found))
        assert found.size - len(store.pairs) <= 2  # chance

    @pytest.mark.parametrize("times", [1, 2])
    def test_what_is_sold_once_or_twice_is_never_believed(self, times: int) -> None:
        orders = [frozenset({0, 1})] * times + [frozenset({2 + number % 90}) for number in range(5000)]
        baskets = baskets_of(orders, 92)
        found = associations(count_pairs(baskets, least=1), baskets, rate=RATE)
        assert found.evidence_of((0, 1)).p_value < 1e-3  # chance would be a poor explanation
        assert found.size == 0

    def test_the_surest_comes_first(self) -> None:
        found = believed(planted(200, 3000, 2, ALONE).baskets)
        anchor = int(found.left[0])
        first = found.beside(anchor)
        assert found.p_values[0] == found.p_values.min()
        assert first[0] == found.right[0]
        assert all(anchor in found.beside(int(partner)) for partner in first)

    @quick
    @given(orders=orders_of_few, rest=st.lists(st.integers(0, 8), min_size=2, max_size=4, unique=True))
    def test_evidence_of_a_set_is_what_one_counts_by_hand(self, orders: list[Order], rest: list[int]) -> None:
        baskets = baskets_of(orders, PRODUCTS)
        evidence = associations(Pairs.none(), baskets, rate=RATE).evidence_of(rest)
        anchor, both = rest[0], sum(set(rest) <= order for order in orders)
        sold = sum(anchor in order for order in orders)
        beside = sum(set(rest[1:]) <= order for order in orders)
        lines, ordered = sum(map(len, orders)), sum(len(order) * (len(order) - 1) for order in orders)
        expected = sold * beside * ordered / lines**2 if lines else 0.0

        assert evidence.together == both
        assert evidence.support == (both / len(orders) if orders else 0.0)
        assert evidence.confidence == (both / sold if sold else 0.0)
        assert evidence.lift == pytest.approx(both / expected if expected else 0.0)
        assert 0 <= evidence.confidence_low <= evidence.confidence
        assert 0 <= evidence.lift_low <= evidence.lift * (1 + 1e-9)
        assert evidence.p_value == pytest.approx(tail(both, expected))

    def test_neither_the_names_of_products_nor_the_order_of_orders_matters(self) -> None:
        store = planted(200, 3000, 2, ALONE).baskets
        new = np.random.default_rng(9).permutation(store.products)
        turned = [frozenset(new[list(order)].tolist()) for order in reversed(held(store))]
        found, again = believed(store), believed(baskets_of(turned, store.products))

        one, other = by_name(found, np.arange(store.products)), by_name(again, np.argsort(new))
        assert one.keys() == other.keys()
        assert [other[pair] for pair in one] == pytest.approx(list(one.values()))

    def test_a_store_that_sold_nothing_believes_nothing(self) -> None:
        for empty in (baskets_of([], 0), baskets_of([], 5), baskets_of([frozenset({1})], 5)):
            assert believed(empty).size == 0


def by_name(found: Associations, old: NDArray[np.int64]) -> dict[frozenset[int], float]:
    pairs = [frozenset((int(old[left]), int(old[right]))) for left, right in names(found)]
    return dict(zip(pairs, found.p_values.tolist(), strict=True))


def tail(count: int, mean: float) -> float:
    """Of Poisson, term by term."""
    below = sum(
        np.exp(-mean) * mean**number / float(np.prod(np.arange(1, number + 1))) for number in range(count)
    )
    return 1 - float(below)
