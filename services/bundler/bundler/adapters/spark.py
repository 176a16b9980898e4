"""Counting on Spark, for stores that one machine would count too long."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import TIMEOUT_MAX, Event, Thread
from typing import TYPE_CHECKING, Final, Self
from uuid import uuid4

import numpy as np

from bundling.deadline import Deadline
from bundling.mining import Baskets, Itemsets, Pairs, PairShard, orders_needed
from bundling.mining.pairs import LEAST_TOGETHER
from bundling.orders import OrderBook

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark import SparkContext
    from pyspark.sql import DataFrame, SparkSession

AGAIN_SECONDS: Final = 0.2  # a job that was not yet begun as it was stopped is stopped again
HALF: Final = 0.5  # of an order: Spark rounds a share up to whole orders, and must not round past ours


class SparkMissing(RuntimeError):
    """This machine lacks what Spark needs."""


@dataclass(frozen=True, slots=True)
class SparkMiner:
    """One session. Each shard is a job of its own, whose lines Spark shares out."""

    session: "SparkSession"

    @classmethod
    def open(cls, master: str) -> Self:
        if not has_java():
            raise SparkMissing(
                "BUNDLER_MINING=spark needs a JDK, 17 or newer, in JAVA_HOME or on the PATH,"
                " beside the extra assort-bundler[spark]"
            )
        try:
            import pyarrow  # noqa: F401, ICN001, PLC0415 - an extra: only who chose Spark has it
            from pyspark.sql import SparkSession  # noqa: PLC0415 - same
        except ImportError as error:
            raise SparkMissing("BUNDLER_MINING=spark needs the extra assort-bundler[spark]") from error
        builder = SparkSession.builder.master(master).appName("assort-bundler")
        return cls(builder.config("spark.ui.showConsoleProgress", "false").getOrCreate())

    def close(self) -> None:
        self.session.stop()

    async def pairs(self, book: OrderBook, shard: PairShard, *, cap: int | None, deadline: Deadline) -> Pairs:
        return await asyncio.to_thread(self.count, book, shard, cap, deadline)

    def count(self, book: OrderBook, shard: PairShard, cap: int | None, deadline: Deadline) -> Pairs:
        """All pairs of the shard; none where the deadline comes first."""
        from py4j.protocol import Py4JJavaError  # noqa: PLC0415 - see above
        from pyspark.errors import PySparkException  # noqa: PLC0415 - same

        if deadline.passed():
            return _too_late()
        with _stopped_at(deadline, self.session):
            try:
                return _pairs(self._together(Baskets.of(book, cap=cap), shard).toArrow())
            except (Py4JJavaError, PySparkException):
                if deadline.passed():
                    return _too_late()
                raise

    def itemsets(self, baskets: Baskets, support: float, *, largest: int | None = None) -> Iterator[Itemsets]:
        """What `bundling.mining.itemsets` finds, all sets of a size at once."""
        from pyspark.ml.fpm import FPGrowth  # noqa: PLC0415 - see above

        share = (orders_needed(baskets, support) - HALF) / max(1, baskets.orders)
        found = FPGrowth(itemsCol="rows", minSupport=share).fit(self._orders(baskets)).freqItemsets
        sized = found.selectExpr("array_sort(items) items", "freq", "size(items) size")
        if largest is not None:
            sized = sized.where(sized["size"] <= largest)
        return _by_size(sized.orderBy("size", "items").toArrow())

    def _together(self, baskets: Baskets, shard: PairShard) -> "DataFrame":
        lines = self._lines(baskets)
        left = lines.selectExpr("in_order", "row left").where(
            f"left >= {shard.first_row} and left < {shard.end_row}"
        )
        both = left.join(lines.selectExpr("in_order", "row right"), "in_order").where("left < right")
        counted = both.groupBy("left", "right").count().where(f"count >= {LEAST_TOGETHER}")
        return counted.orderBy("left", "right")

    def _lines(self, baskets: Baskets) -> "DataFrame":
        import pyarrow as pa  # noqa: PLC0415 - see above

        often = baskets.item_counts[baskets.rows] >= LEAST_TOGETHER
        columns = {"in_order": baskets.order_of_row[often], "row": baskets.rows[often]}
        return self.session.createDataFrame(pa.table(columns))

    def _orders(self, baskets: Baskets) -> "DataFrame":
        import pyarrow as pa  # noqa: PLC0415 - see above

        rows = pa.LargeListArray.from_arrays(baskets.starts, pa.array(baskets.rows))
        return self.session.createDataFrame(pa.table({"rows": rows}))


def has_java() -> bool:
    """As Spark's own scripts look for it."""
    home = os.environ.get("JAVA_HOME")
    return (Path(home) / "bin" / "java").exists() if home else shutil.which("java") is not None


def _pairs(counted: "pa.Table") -> Pairs:
    left, right, together = (counted[name].to_numpy().astype(np.int32) for name in ("left", "right", "count"))
    return Pairs(left, right, together)


def _too_late() -> Pairs:
    none = np.empty(0, np.int32)
    return Pairs(none, none, none, complete=False)


def _by_size(sets: "pa.Table") -> Iterator[Itemsets]:
    sizes = sets["size"].to_numpy()
    items, orders = sets["items"].combine_chunks().flatten().to_numpy(), sets["freq"].to_numpy()
    starts = np.concatenate([[0], np.cumsum(sizes)])
    for size in np.unique(sizes).tolist():
        first, end = np.searchsorted(sizes, [size, size + 1]).tolist()
        rows = items[starts[first] : starts[end]].reshape(-1, size)
        yield Itemsets(rows.astype(np.int32), orders[first:end].astype(np.int64))


@contextmanager
def _stopped_at(deadline: Deadline, session: "SparkSession") -> Iterator[None]:
    """Jobs that this thread begins are cancelled at the deadline.

    By the context's tags: those of the session do not reach jobs whose result comes as Arrow.
    """
    tag, done, context = uuid4().hex, Event(), session.sparkContext
    watch = Thread(target=_stop_late, args=(deadline, context, tag, done), daemon=True)
    context.addJobTag(tag)
    watch.start()
    try:
        yield
    finally:
        done.set()
        watch.join()
        context.removeJobTag(tag)


def _stop_late(deadline: Deadline, context: "SparkContext", tag: str, done: Event) -> None:
    pause = min(deadline.left_seconds, TIMEOUT_MAX)
    while not done.wait(pause):
        context.cancelJobsWithTag(tag)
        pause = AGAIN_SECONDS
