"""One behaviour for the ports in memory and on Postgres, and what the object store's port promises."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, cast

import pytest

from contracts import InvalidEvent, Reference, derived_id
from contracts.clusters import ClusterEntry, ClusterFormed, Clustering, DealsClustered
from contracts.packages import Packaging, PackagingClosed
from contracts.settings import EnrichmentSettings, PackageSettings, Redo
from objects import MemoryObjects, ObjectMissing, put_content
from packager.adapters import PostgresPackages, PostgresRuns, StoredDeals, StoredManifests
from packager.domain import Begun, Packing, Plan, Proposal, proposed
from packager.handler import Packages, Runs
from runtime import Member, RunKey, Transaction
from tests.packager.conftest import MIGRATIONS
from tests.packager.fakes import MemoryPackages, MemoryRuns
from tests.packager.settling import settle
from tests.samples import NOWHERE, RUN_ID, cluster, deals, ids, keep_bodies
from tests.stages import open_schema

DEALS = deals(6)
CLUSTER = cluster(DEALS)
OTHER = cluster(DEALS).model_copy(update={"cluster_id": derived_id("cluster", "other")})
FOUR = Plan((Proposal("Four", ids(DEALS[:4]), "Alike."),), (), "m", 2, ("x/1", *ids(DEALS[:4])))
SIX = Plan((Proposal("Six", ids(DEALS), "Alike."),), (), "m")
PACKING = settle(CLUSTER.cluster_id, DEALS, FOUR)
OTHER_PACKING = settle(CLUSTER.cluster_id, DEALS, SIX)


class Begin(Protocol):
    def __call__(self, revision: int = 1) -> AbstractAsyncContextManager[Transaction]: ...


@dataclass
class Ports:
    packages: Packages
    runs: Runs
    begin: Begin


@pytest.fixture
async def postgres_ports(database: str) -> AsyncIterator[Ports]:
    async with open_schema(database, "packager", MIGRATIONS) as pool:

        @asynccontextmanager
        async def begin(revision: int = 1) -> AsyncIterator[Transaction]:
            async with pool.acquire() as connection, connection.transaction():
                yield Transaction(connection, run(revision), "")

        yield Ports(PostgresPackages(pool), PostgresRuns(pool), begin)


@pytest.fixture(params=["memory", "postgres"])
def ports(request: pytest.FixtureRequest) -> Ports:
    if request.param == "postgres":
        found: Ports = request.getfixturevalue("postgres_ports")
        return found
    runs = MemoryRuns()
    return Ports(MemoryPackages(runs), runs, no_transaction)


@asynccontextmanager
async def no_transaction(revision: int = 1) -> AsyncIterator[Transaction]:
    yield Transaction(cast("Any", None), run(revision), "")


def run(revision: int = 1) -> RunKey:
    return RunKey("main", RUN_ID, revision)


def asking(of: ClusterFormed, *, revision: int, run_id: str = RUN_ID) -> ClusterFormed:
    return of.model_copy(update={"revision": revision, "run_id": run_id})


def done(made_by: int = 1) -> Member[ClusterFormed]:
    return Member(CLUSTER.entity, "done", made_by, None, None)


async def save(ports: Ports, packing: Packing, revision: int = 1, of: ClusterFormed = CLUSTER) -> None:
    async with ports.begin(revision) as tx:
        await ports.packages.save(tx, of.model_copy(update={"revision": revision}), packing)


async def begin(ports: Ports, revision: int = 1, *clusters: ClusterFormed, redo: Redo = "nothing") -> None:
    entries = tuple(ClusterEntry(cluster_id=each.cluster_id, revision=1) for each in clusters)
    event = DealsClustered(
        run_id=RUN_ID,
        revision=revision,
        clustering=NOWHERE.model_copy(update={"count": revision}),
        clusters=len(entries),
        redo=redo,
        settings=PackageSettings(enrichment=EnrichmentSettings(currency="EUR")),
        budget_usd=1.5,
    )
    async with ports.begin(revision) as tx:
        await ports.runs.begin(tx, event, Clustering(snapshot=NOWHERE, clusters=entries))


async def test_what_was_saved_is_found_as_entries(ports: Ports) -> None:
    await save(ports, PACKING)

    entries = await ports.packages.made(run(), [done()])

    assert PACKING.excluded is not None
    expected = [(PACKING.packages[0].package_id, "package"), (PACKING.excluded.package_id, "excluded")]
    assert [(entry.package_id, entry.kind) for entry in entries] == sorted(expected)
    assert {(entry.cluster_id, entry.revision) for entry in entries} == {(CLUSTER.cluster_id, 1)}


async def test_saving_twice_is_saving_once(ports: Ports) -> None:
    await save(ports, PACKING)
    await save(ports, PACKING)

    assert len(await ports.packages.made(run(), [done()])) == 2


async def test_a_later_revision_finds_what_an_earlier_one_made(ports: Ports) -> None:
    await save(ports, PACKING, revision=1)

    entries = await ports.packages.made(run(2), [done(made_by=1)])

    assert {entry.revision for entry in entries} == {1}


async def test_only_the_revision_that_counts_is_found(ports: Ports) -> None:
    await save(ports, PACKING, revision=1)
    await save(ports, OTHER_PACKING, revision=2)

    [entry] = await ports.packages.made(run(2), [done(made_by=2)])

    assert (entry.package_id, entry.revision) == (OTHER_PACKING.packages[0].package_id, 2)


async def test_no_member_has_no_packages(ports: Ports) -> None:
    await save(ports, PACKING)

    assert await ports.packages.made(run(), []) == []


async def test_another_run_has_its_own_packages(ports: Ports) -> None:
    await save(ports, PACKING)

    assert await ports.packages.made(RunKey("main", "RUN_2", 1), [done()]) == []
    assert await ports.packages.made(RunKey("other", RUN_ID, 1), [done()]) == []


async def test_a_run_begins_once_with_what_its_manifest_says(ports: Ports) -> None:
    await begin(ports, 2, redo="enrichment")
    await begin(ports, 2)

    first = await ports.runs.begun(run(2))
    assert first == Begun(
        NOWHERE.model_copy(update={"count": 2}), "enrichment", EnrichmentSettings(currency="EUR"), 1.5
    )


async def test_packages_of_earlier_revisions_are_known_with_their_clusters(ports: Ports) -> None:
    await begin(ports, 1, CLUSTER)
    await save(ports, PACKING)
    [package] = PACKING.packages

    known = await ports.packages.known(asking(OTHER, revision=2), [package.package_id, OTHER.cluster_id])
    assert known == {package.package_id: {CLUSTER.cluster_id}}
    assert await ports.packages.known(asking(OTHER, revision=1), [package.package_id]) == {}
    assert await ports.packages.known(asking(OTHER, revision=2, run_id="RUN_2"), [package.package_id]) == {}


async def test_a_cluster_that_is_packaged_again_does_not_know_its_own_packages(ports: Ports) -> None:
    await begin(ports, 1, CLUSTER)
    await begin(ports, 2, OTHER)
    await save(ports, PACKING)
    [package] = PACKING.packages

    assert await ports.packages.known(asking(CLUSTER, revision=2), [package.package_id]) == {}
    returned = await ports.packages.known(asking(CLUSTER, revision=3), [package.package_id])
    assert returned == {package.package_id: {CLUSTER.cluster_id}}


async def test_a_kept_package_belongs_to_its_new_cluster_and_stays_of_its_revision(ports: Ports) -> None:
    await save(ports, PACKING)
    known = {PACKING.packages[0].package_id: frozenset([CLUSTER.cluster_id])}
    await save(ports, settle(OTHER.cluster_id, DEALS, FOUR, known=known), revision=2, of=OTHER)

    entries = await ports.packages.made(run(2), [Member(OTHER.entity, "done", 2, None, None)])

    told = {entry.kind: (entry.package_id, entry.cluster_id, entry.revision) for entry in entries}
    assert told["package"] == (PACKING.packages[0].package_id, OTHER.cluster_id, 1)
    assert told["excluded"][1:] == (OTHER.cluster_id, 2)


async def test_what_is_proposed_again_says_the_same_under_the_new_revision(ports: Ports) -> None:
    await save(ports, PACKING)
    await begin(ports, 2, CLUSTER, redo="enrichment")
    entries = await ports.packages.made(run(2), [done()])
    again = await ports.packages.again(run(2), entries, await ports.runs.begun(run(2)))
    async with ports.begin(2) as tx:
        await ports.packages.save_again(tx, again)

    before = {each.package_id: each for each in proposed(CLUSTER, PACKING)}
    changes = {"revision": 2, "settings": EnrichmentSettings(currency="EUR"), "budget_usd": 1.5}
    assert [each.package_id for each in again] == sorted(before, key=str)
    assert list(again) == [before[each.package_id].model_copy(update=changes) for each in again]
    later = await ports.packages.made(run(3), [done()])
    assert {entry.revision for entry in later} == {2}


async def test_a_run_closes_once_and_again_without_effect(ports: Ports) -> None:
    closed = PackagingClosed(run_id=RUN_ID, packaging=NOWHERE, packages=1)
    for _ in range(2):
        async with ports.begin() as tx:
            await ports.runs.close(tx, closed)


async def test_bodies_come_back_as_they_were_kept() -> None:
    store = MemoryObjects()
    reference = await keep_bodies(store, "main", DEALS)

    assert await StoredDeals(store).read(reference) == DEALS


async def test_a_manifest_is_named_by_its_content() -> None:
    manifests = StoredManifests(MemoryObjects())
    packaging = Packaging(clustering=NOWHERE)

    first, second = [await manifests.keep("main", packaging) for _ in range(2)]

    assert first == second
    assert first.key == f"main/manifests/{first.sha256}.json"


@pytest.mark.parametrize("body", [None, b"damaged", b"{}"])
async def test_a_manifest_that_cannot_be_read_is_told_from_one_that_can(body: bytes | None) -> None:
    store = MemoryObjects()
    manifests = StoredManifests(store)
    reference = await unreadable(store, body)

    assert await manifests.clustering_if_readable(reference) is None
    with pytest.raises((ObjectMissing, InvalidEvent)):
        await manifests.clustering(reference)

    good = await put_content(store, "main/manifests", Clustering(snapshot=NOWHERE).canonical(), count=0)
    assert await manifests.clustering_if_readable(good) == Clustering(snapshot=NOWHERE)


async def unreadable(store: MemoryObjects, body: bytes | None) -> Reference:
    if body is None:
        return NOWHERE
    return await put_content(store, "main/manifests", body, count=0)
