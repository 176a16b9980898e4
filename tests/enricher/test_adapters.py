"""One behaviour for the ports in memory and on Postgres, and what the object store's port promises."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, cast

import asyncpg
import pytest

import llm
from contracts import Reference
from contracts.packages import Outcome, PackageProposed
from contracts.runs import Cost, RunFinished
from enricher.adapters import PostgresCosts, PostgresPackages, PostgresRuns, StoredManifests
from enricher.domain import Enrichment, Lost, Money, Offering, Proposed, aggregate
from enricher.handler.enriching import enriched
from enricher.handler.ports import Packages, Runs
from objects import MemoryObjects, put_content
from runtime import Member, RunKey, Transaction, migrate
from tests.enricher.conftest import MIGRATIONS, RATES, keep_manifests
from tests.enricher.fakes import ADVICE, MemoryPackages, MemoryRuns
from tests.samples import NOWHERE, RUN_ID, deals, excluded, ids, package
from tests.stages import open_schema

DEALS = deals(5)
PACKAGE = package(DEALS)
EXCLUDED = excluded(deals(2, start=900))
ENRICHMENT = Enrichment(aggregate(DEALS, Money("USD", RATES)), ADVICE, "m", 1)


class Begin(Protocol):
    def __call__(self, revision: int = 1) -> AbstractAsyncContextManager[Transaction]: ...


@dataclass
class Ports:
    packages: Packages
    runs: Runs
    begin: Begin


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    async with open_schema(database, "enricher", MIGRATIONS) as pool:
        yield pool


@pytest.fixture
def postgres_ports(pool: asyncpg.Pool) -> Ports:
    @asynccontextmanager
    async def begin(revision: int = 1) -> AsyncIterator[Transaction]:
        async with pool.acquire() as connection, connection.transaction():
            yield Transaction(connection, run(revision), "")

    return Ports(PostgresPackages(pool), PostgresRuns(pool), begin)


@pytest.fixture(params=["memory", "postgres"])
def ports(request: pytest.FixtureRequest) -> Ports:
    if request.param == "postgres":
        found: Ports = request.getfixturevalue("postgres_ports")
        return found
    packages = MemoryPackages()
    return Ports(packages, MemoryRuns(packages), no_transaction)


@asynccontextmanager
async def no_transaction(revision: int = 1) -> AsyncIterator[Transaction]:
    yield Transaction(cast("Any", None), run(revision), "")


def run(revision: int = 1) -> RunKey:
    return RunKey("main", RUN_ID, revision)


def done(event: PackageProposed, made_by: int = 1) -> Member[PackageProposed]:
    return Member(event.entity, "done", made_by, None, None)


async def save(
    ports: Ports, event: PackageProposed, enrichment: Enrichment | None, revision: int = 1
) -> None:
    async with ports.begin(revision) as tx:
        await ports.packages.save(tx, event, enrichment)


async def test_what_was_proposed_is_found_with_its_deals_and_exclusions(ports: Ports) -> None:
    await save(ports, PACKAGE, ENRICHMENT)
    await save(ports, EXCLUDED, None)

    found = {
        each.package_id: each
        for each in await ports.packages.proposed(run(), [done(PACKAGE), done(EXCLUDED)])
    }

    assert found[PACKAGE.package_id] == Proposed(PACKAGE.package_id, ids(DEALS))
    exclusions = found[EXCLUDED.package_id].exclusions
    assert [(each.item_id, each.code) for each in exclusions] == [
        ("bidswitch.com/900", "off_topic"),
        ("bidswitch.com/901", "off_topic"),
    ]


async def test_saving_twice_is_saving_once(ports: Ports) -> None:
    async with ports.begin() as tx:
        assert await ports.packages.save(tx, PACKAGE, ENRICHMENT)
        assert not await ports.packages.save(tx, PACKAGE, ENRICHMENT)

    assert len(await ports.packages.proposed(run(), [done(PACKAGE)])) == 1


async def test_a_later_revision_finds_what_an_earlier_one_made(ports: Ports) -> None:
    await save(ports, PACKAGE, ENRICHMENT, revision=1)

    assert len(await ports.packages.proposed(run(2), [done(PACKAGE, made_by=1)])) == 1
    assert await ports.packages.proposed(run(2), [done(PACKAGE, made_by=2)]) == []


async def test_another_run_has_its_own_packages(ports: Ports) -> None:
    await save(ports, PACKAGE, ENRICHMENT)

    assert await ports.packages.proposed(RunKey("other", RUN_ID, 1), [done(PACKAGE)]) == []


async def test_buyers_find_a_package_under_the_revision_that_made_it(ports: Ports) -> None:
    await save(ports, PACKAGE, ENRICHMENT)

    [found] = await ports.packages.enriched(run(3), {PACKAGE.package_id: 1})

    assert found == enriched(PACKAGE, ENRICHMENT)
    assert await ports.packages.enriched(run(3), {PACKAGE.package_id: 2}) == []


async def test_what_was_offered_before_is_what_the_latest_revision_that_says_so_offered(ports: Ports) -> None:
    await save(ports, PACKAGE, ENRICHMENT)
    assert await ports.packages.offered_before(run(2)) is None

    await finish(ports, Offering({PACKAGE.package_id: 1}), revision=1)
    await finish(ports, None, revision=2)
    assert await ports.packages.offered_before(run(3)) == {PACKAGE.package_id: ids(DEALS)}

    await finish(ports, Offering({}), revision=3)
    assert await ports.packages.offered_before(run(4)) == {}
    assert await ports.packages.offered_before(run(1)) is None


async def finish(ports: Ports, offering: Offering | None, revision: int) -> None:
    finished = RunFinished(run_id=RUN_ID, revision=revision, kind="packages", status="completed")
    async with ports.begin(revision) as tx:
        await ports.runs.finish(tx, finished, offering)


async def test_a_run_begins_with_the_manifest_that_came_first(ports: Ports) -> None:
    for reference in (NOWHERE, NOWHERE.model_copy(update={"count": 9})):
        async with ports.begin() as tx:
            await ports.runs.begin(tx, reference)

    assert await ports.runs.packaging(run()) == NOWHERE
    assert await ports.runs.packaging(run(2)) is None


@pytest.mark.parametrize("outcome", [None, NOWHERE])
async def test_a_run_finishes_once_and_again_without_effect(ports: Ports, outcome: Reference | None) -> None:
    finished = RunFinished(run_id=RUN_ID, kind="packages", status="completed", outcome=outcome)
    for _ in range(2):
        async with ports.begin() as tx:
            await ports.runs.finish(tx, finished, None)


async def test_a_run_without_calls_cost_nothing(database: str, pool: asyncpg.Pool) -> None:
    migrate(database, "llm", llm.MIGRATIONS)

    assert await PostgresCosts(pool, MemoryObjects()).of(run()) == Cost()


async def test_all_items_of_all_shards_are_found() -> None:
    store = MemoryObjects()
    reference = await keep_manifests(store, "main", DEALS, [PACKAGE])

    found = await StoredManifests(store, RATES).read(reference)

    assert not isinstance(found, Lost)
    assert found.items == frozenset(ids(DEALS))
    assert len(found.snapshot.shards) == 2


def damage(store: MemoryObjects) -> None:
    for key in store.objects:
        if key.startswith("main/bodies/"):
            store.objects[key] = b"{}"


def lose(store: MemoryObjects) -> None:
    for key in [key for key in store.objects if key.startswith("main/bodies/")]:
        del store.objects[key]


@pytest.mark.parametrize("harm", [damage, lose])
async def test_a_shard_that_cannot_be_read_is_told_and_not_taken_for_empty(
    harm: Callable[[MemoryObjects], None],
) -> None:
    store = MemoryObjects()
    reference = await keep_manifests(store, "main", DEALS, [PACKAGE])
    harm(store)

    found = await StoredManifests(store, RATES).read(reference)

    assert isinstance(found, Lost)
    assert "main/bodies/" in found.words


async def test_a_manifest_that_is_none_is_told() -> None:
    store = MemoryObjects()
    reference = await put_content(store, "main/manifests", b'{"no": "manifest"}', count=0)

    assert isinstance(await StoredManifests(store, RATES).packaging(reference), Lost)


async def test_an_outcome_is_named_by_its_content() -> None:
    manifests = StoredManifests(MemoryObjects(), RATES)
    outcome = Outcome(packaging=NOWHERE, placed=ids(DEALS))

    first, second = [await manifests.keep("main", outcome, len(DEALS)) for _ in range(2)]

    assert first == second
    assert (first.key, first.count) == (f"main/manifests/{first.sha256}.json", len(DEALS))
