"""Spark counts what the processes count, where PySpark and a JDK are at hand."""

import os
import shutil
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from bundler.__main__ import opened_miner
from bundler.adapters import SparkMiner
from bundler.adapters.mining import count
from bundler.adapters.spark import SparkMissing
from bundler.settings import Settings
from bundling.deadline import Deadline
from bundling.mining import Baskets, Itemsets, Pairs, PairShard, itemsets, merged, shards
from bundling.orders import OrderBook, Sale
from cli.demo_shop import demo_orders, demo_products
from runtime.cpu import open_cpu

ENDLESS = Deadline()
SUPPORT = 0.004
SPARK = Settings(mining="spark", spark_master="local[2]")


def jdk() -> Path | None:
    """JAVA_HOME, the one on the PATH, else the last that is installed."""
    on_path = shutil.which("java")
    named = [os.environ.get("JAVA_HOME"), on_path and Path(on_path).resolve().parents[1]]
    installed = sorted(Path("/usr/lib/jvm").glob("*"), reverse=True)
    return next(
        (Path(home) for home in [*named, *installed] if home and (Path(home) / "bin/java").exists()), None
    )


needs_spark = [
    pytest.mark.skipif(find_spec("pyspark") is None, reason="needs the extra assort-bundler[spark]"),
    pytest.mark.skipif(jdk() is None, reason="needs a JDK in JAVA_HOME, on the PATH or in /usr/lib/jvm"),
    # Its parts leave sockets to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def book() -> OrderBook:
    """Orders of a made-up shop, and three of a dealer who buys nearly all there is."""
    products = demo_products(70)
    orders = list(demo_orders(products, 600))
    sales = [
        Sale(order.order_id, number, "EUR", [(str(line.product_id), 1.0, 1.0) for line in order.lines])
        for number, order in enumerate(orders)
    ]
    dealer = [(product.item_id, 1.0, 1.0) for product in products[5:]]
    return OrderBook.of([*sales, *(Sale(f"D-{number}", 1000 + number, "EUR", dealer) for number in range(3))])


@pytest.fixture(scope="module")
def miner() -> Iterator[SparkMiner]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAVA_HOME", str(jdk()))
        miner = SparkMiner.open(SPARK.spark_master)
        yield miner
        miner.close()


def rows(pairs: Pairs) -> list[list[int]]:
    assert {pairs.left.dtype, pairs.right.dtype, pairs.together.dtype} == {np.dtype(np.int32)}
    table: list[list[int]] = np.column_stack([pairs.left, pairs.right, pairs.together]).tolist()
    return table


def all_of(found: Iterator[Itemsets]) -> dict[frozenset[int], int]:
    return {items: orders for level in found for items, orders in level.each()}


class TestOnSpark:
    pytestmark = needs_spark

    @pytest.mark.parametrize("cap", [None, 8])
    async def test_the_shards_of_spark_are_those_of_the_processes(
        self, miner: SparkMiner, book: OrderBook, cap: int | None
    ) -> None:
        parts = shards(Baskets.of(book).item_counts, 3)
        ours = [count(book, shard, cap, ENDLESS.at_seconds) for shard in parts]
        theirs = [await miner.pairs(book, shard, cap=cap, deadline=ENDLESS) for shard in parts]

        assert len(parts) == 3
        assert [rows(each) for each in theirs] == [rows(each) for each in ours]
        assert all(each.complete and each.size > 10 for each in theirs)
        assert rows(merged(theirs)) == rows(count(book, PairShard(0, 70), cap, ENDLESS.at_seconds))

    def test_a_book_without_orders_has_no_pairs(self, miner: SparkMiner) -> None:
        found = miner.count(OrderBook.of([]), PairShard(0, 0), None, ENDLESS)
        assert rows(found) == []
        assert found.complete

    def test_a_job_ends_at_its_deadline_and_says_that_pairs_are_missing(
        self, miner: SparkMiner, book: OrderBook
    ) -> None:
        slow = OrderBook.of(
            Sale(str(number), number, "", [(f"{row:04}", 1.0, 1.0) for row in range(number % 2, 1200, 2)])
            for number in range(800)
        )
        deadline = ENDLESS.within(2.0)
        found = miner.count(slow, PairShard(0, 1200), None, deadline)

        assert not found.complete
        assert found.size == 0
        assert deadline.clock() < deadline.at_seconds + 15
        assert miner.count(book, PairShard(0, 70), None, ENDLESS).complete  # the session goes on

    @pytest.mark.parametrize("largest", [None, 2, 1])
    def test_spark_finds_the_same_sets(self, miner: SparkMiner, book: OrderBook, largest: int | None) -> None:
        baskets = Baskets.of(book, cap=8)
        ours = all_of(itemsets(baskets, SUPPORT, largest=largest))
        theirs = all_of(miner.itemsets(baskets, SUPPORT, largest=largest))

        assert theirs == ours
        assert max(len(items) for items in ours) == (largest or 8)


def test_who_chose_spark_without_its_extra_is_told_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").touch()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)  # as if it were not installed
    with (
        open_cpu(1) as cpu,
        pytest.raises(SparkMissing, match=r"needs the extra assort-bundler\[spark\]"),
        opened_miner(SPARK, cpu),
    ):
        raise AssertionError


@pytest.mark.parametrize("home", ["without", ""])
def test_who_chose_spark_without_a_jdk_is_told_so(
    home: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JAVA_HOME", home and str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SparkMissing, match="needs a JDK, 17 or newer"):
        SparkMiner.open(SPARK.spark_master)


def test_processes_count_where_nothing_else_was_chosen() -> None:
    assert Settings().mining == "process"
