"""One suite for the rows in memory and on Postgres, and for clustering here and in another process."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import numpy as np
import pytest

from clusterer.adapters import PostgresRows, ProcessGrouper
from clusterer.domain import GivenUp, Partition, Stored
from clusterer.handler.ports import Grouper, Rows
from clustering import group
from contracts import Reference
from contracts.clusters import ClusterFormed, DealsClustered
from contracts.deals import ItemsFrozen
from contracts.settings import ClusterSettings
from runtime import RunKey, Transaction
from tests.clusterer.inputs import deals, vectors_of
from tests.clusterer.memory import MemoryRows, OwnProcess

RUN = RunKey("main", "RUN_1", 1)
NEXT = RunKey("main", "RUN_1", 2)
THIRD = RunKey("main", "RUN_1", 3)
ONE, TWO = UUID(int=1), UUID(int=2)


def reference(name: str) -> Reference:
    return Reference(key=f"main/cells/{name}.json", sha256="0" * 64, bytes=1, count=1)


def frozen(run: RunKey) -> ItemsFrozen:
    return ItemsFrozen(
        run_id=run.run_id, revision=run.revision, snapshot=reference("snapshot"), items=2, redo="packaging"
    )


def stored(number: int) -> Stored:
    return Stored(number, reference(f"cell{number}"), clusters=1, left=0)


@dataclass
class Book:
    """The rows, and a transaction of any run."""

    rows: Rows
    begin: Callable[[RunKey], AbstractAsyncContextManager[Transaction]]

    async def cut(self, run: RunKey, cells: int, *untouched: int, given_up: GivenUp | None = None) -> bool:
        partition = Partition(frozen(run), cells, base_revision=1, changed_deals=3, given_up=given_up)
        async with self.begin(run) as tx:
            return await self.rows.begin(tx, partition, [stored(number) for number in untouched])

    async def keep(self, run: RunKey, number: int, *clusters: UUID) -> bool:
        formed = [
            ClusterFormed(
                run_id=run.run_id,
                revision=run.revision,
                cluster_id=one,
                deal_ids=("x.com/1",),
                deals=reference("deals"),
            )
            for one in clusters
        ]
        async with self.begin(run) as tx:
            return await self.rows.keep(tx, stored(number), formed)

    async def close(self, run: RunKey) -> None:
        manifest = DealsClustered(
            run_id=run.run_id, revision=run.revision, clustering=reference("clustering"), clusters=1
        )
        async with self.begin(run) as tx:
            await self.rows.close(tx, manifest)


def in_memory() -> Book:
    @asynccontextmanager
    async def begin(run: RunKey) -> AsyncIterator[Transaction]:
        yield Transaction(cast("Any", None), run, "")

    return Book(MemoryRows(), begin)


def on_postgres(pool: Any) -> Book:
    @asynccontextmanager
    async def begin(run: RunKey) -> AsyncIterator[Transaction]:
        async with pool.acquire() as connection, connection.transaction():
            yield Transaction(connection, run, "")

    return Book(PostgresRows(pool), begin)


@pytest.fixture(params=["memory", "postgres"])
def book(request: pytest.FixtureRequest) -> Book:
    return in_memory() if request.param == "memory" else on_postgres(request.getfixturevalue("pool"))


@pytest.fixture(params=["here", "other process"])
def grouper(request: pytest.FixtureRequest) -> Grouper:
    return OwnProcess() if request.param == "here" else ProcessGrouper(request.getfixturevalue("cpu"))


async def test_a_cluster_is_known_to_later_revisions_of_its_run_alone(book: Book) -> None:
    assert await book.keep(RUN, 0, ONE)

    assert await book.rows.made_by(NEXT, [ONE, TWO]) == {ONE: 1}
    assert await book.rows.made_by(RUN, [ONE, TWO]) == {}
    assert await book.rows.made_by(RunKey("main", "RUN_2", 2), [ONE]) == {}
    assert await book.rows.made_by(RunKey("other", "RUN_1", 2), [ONE]) == {}


async def test_a_cluster_stays_with_the_revision_that_made_it(book: Book) -> None:
    await book.keep(RUN, 0, ONE)
    await book.keep(NEXT, 0, ONE, TWO)

    assert await book.rows.made_by(THIRD, [ONE, TWO]) == {ONE: 1, TWO: 2}


async def test_a_cell_is_kept_once(book: Book) -> None:
    assert await book.keep(RUN, 0, ONE)
    assert not await book.keep(RUN, 0, TWO)

    assert await book.rows.results(RUN) == [reference("cell0")]
    assert await book.rows.made_by(NEXT, [ONE, TWO]) == {ONE: 1}


async def test_the_first_partition_of_a_revision_stays(book: Book) -> None:
    assert await book.cut(RUN, 2, 1)
    assert not await book.cut(RUN, 5, 2, 3)

    assert await book.rows.partition(RUN) == Partition(frozen(RUN), 2, base_revision=1, changed_deals=3)
    assert await book.rows.results(RUN) == [reference("cell1")]


async def test_a_failure_of_the_whole_is_remembered(book: Book) -> None:
    await book.cut(RUN, 0, given_up=GivenUp("crashes", "five times"))
    await book.close(RUN)

    assert (await book.rows.partition(RUN)).given_up == GivenUp("crashes", "five times")
    assert await book.rows.base(NEXT) is None


async def test_a_base_has_all_its_cells_and_its_manifest(book: Book) -> None:
    await book.cut(RUN, 2, 1)
    await book.close(RUN)
    assert await book.rows.base(NEXT) is None, "a cell is missing"

    await book.keep(RUN, 0, ONE)
    base = await book.rows.base(NEXT)
    assert base is not None
    assert (base.revision, base.results) == (1, (reference("cell0"), reference("cell1")))

    await book.cut(NEXT, 1, 0)
    assert (await book.rows.base(THIRD)) == base, "revision 2 has no manifest yet"
    await book.close(NEXT)
    later = await book.rows.base(THIRD)
    assert later is not None
    assert later.revision == 2


async def test_clustering_gives_the_same_wherever_it_runs(grouper: Grouper) -> None:
    vectors, sizes = vectors_of(deals(60)), ClusterSettings(max_deals_per_cluster=15)
    found = group(vectors, sizes)
    clusters = [[row for row in cluster if row < 50] for cluster in found.clusters]
    homes = [home if row < 50 else -1 for row, home in enumerate(found.home)]

    again = await grouper.regroup(vectors, clusters, homes, range(50, 60), sizes)

    assert await grouper.group(vectors, sizes) == found
    assert again == await OwnProcess().regroup(vectors, clusters, homes, range(50, 60), sizes)
    assert await grouper.cells(vectors, sizes) == [list(range(60))]


async def test_an_input_without_deals_gives_no_clusters(grouper: Grouper) -> None:
    found = await grouper.group(np.zeros((0, 1), np.float32), ClusterSettings())

    assert (found.clusters, found.left) == ([], [])
