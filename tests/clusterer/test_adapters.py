"""One suite for the rows in memory and on Postgres, and for k-means here and in another process."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import numpy as np
import pytest

from clusterer.adapters import PostgresClusters, ProcessGrouper
from clusterer.handler import Clusters, Grouper
from clustering import group
from contracts import Reference
from contracts.clusters import ClusterFormed, DealsClustered
from contracts.settings import ClusterSettings
from runtime import RunKey, Transaction
from tests.clusterer.inputs import deals, vectors_of
from tests.clusterer.memory import MemoryClusters, OwnProcess

RUN = RunKey("main", "RUN_1", 1)
NEXT = RunKey("main", "RUN_1", 2)
REFERENCE = Reference(key="main/clusters/a.jsonl", sha256="0" * 64, bytes=1, count=1)
ONE, TWO = UUID(int=1), UUID(int=2)


@dataclass
class Rows:
    clusters: Clusters
    begin: Callable[[RunKey], AbstractAsyncContextManager[Transaction]]

    async def save(self, run: RunKey, *clusters: UUID) -> bool:
        formed = [
            ClusterFormed(
                run_id=run.run_id,
                revision=run.revision,
                cluster_id=one,
                deal_ids=("x.com/1",),
                deals=REFERENCE,
            )
            for one in clusters
        ]
        manifest = DealsClustered(
            run_id=run.run_id, revision=run.revision, clustering=REFERENCE, clusters=len(clusters)
        )
        async with self.begin(run) as tx:
            return await self.clusters.save(tx, formed, manifest)


def in_memory() -> Rows:
    @asynccontextmanager
    async def begin(run: RunKey) -> AsyncIterator[Transaction]:
        yield Transaction(cast("Any", None), run, "")

    return Rows(MemoryClusters(), begin)


def on_postgres(pool: Any) -> Rows:
    @asynccontextmanager
    async def begin(run: RunKey) -> AsyncIterator[Transaction]:
        async with pool.acquire() as connection, connection.transaction():
            yield Transaction(connection, run, "")

    return Rows(PostgresClusters(pool), begin)


@pytest.fixture(params=["memory", "postgres"])
def rows(request: pytest.FixtureRequest) -> Rows:
    return in_memory() if request.param == "memory" else on_postgres(request.getfixturevalue("pool"))


@pytest.fixture(params=["here", "other process"])
def grouper(request: pytest.FixtureRequest) -> Grouper:
    return OwnProcess() if request.param == "here" else ProcessGrouper(request.getfixturevalue("cpu"))


async def test_a_cluster_is_known_to_later_revisions_of_its_run_alone(rows: Rows) -> None:
    assert await rows.save(RUN, ONE)

    assert await rows.clusters.made_by(NEXT, [ONE, TWO]) == {ONE: 1}
    assert await rows.clusters.made_by(RUN, [ONE, TWO]) == {}
    assert await rows.clusters.made_by(RunKey("main", "RUN_2", 2), [ONE]) == {}
    assert await rows.clusters.made_by(RunKey("other", "RUN_1", 2), [ONE]) == {}


async def test_a_cluster_stays_with_the_revision_that_made_it(rows: Rows) -> None:
    await rows.save(RUN, ONE)
    await rows.save(NEXT, TWO)

    assert await rows.clusters.made_by(RunKey("main", "RUN_1", 3), [ONE, TWO]) == {ONE: 1, TWO: 2}


async def test_the_first_manifest_of_a_revision_stays(rows: Rows) -> None:
    assert await rows.save(RUN, ONE)
    assert not await rows.save(RUN, TWO)

    assert await rows.clusters.made_by(NEXT, [ONE, TWO]) == {ONE: 1}


async def test_k_means_gives_the_same_wherever_it_runs(grouper: Grouper) -> None:
    vectors, sizes = vectors_of(deals(60)), ClusterSettings(max_deals_per_cluster=15)

    assert await grouper.group(vectors, sizes) == group(vectors, sizes)


async def test_an_input_without_deals_gives_no_clusters(grouper: Grouper) -> None:
    found = await grouper.group(np.zeros((0, 1), np.float32), ClusterSettings())

    assert (found.clusters, found.left) == ([], [])
