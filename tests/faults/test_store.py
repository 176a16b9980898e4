"""A packager whose object store answers with errors, silence, halves and lost answers."""

from collections.abc import Sequence
from dataclasses import replace

from contracts.clusters import ClusterFormed
from contracts.packages import PackageProposed, Packaging, PackagingClosed
from objects import S3Objects, get_content
from tests.faults.bad_store import FAULTS, bad_store
from tests.faults.probing import open_model
from tests.packager.conftest import Bench
from tests.samples import cluster, deals, keep_bodies

TOPICS = ("Automotive", "Travel", "Sports", "Pets", "Food & Drink", "Style & Fashion")


async def clusters(bench: Bench) -> list[ClusterFormed]:
    found = [deals(5, start=100 * place, taxonomy={"tier1": topic}) for place, topic in enumerate(TOPICS, 1)]
    store, tenant = bench.stage.store, bench.stage.tenant
    return [cluster(each, await keep_bodies(store, tenant, each), tenant=tenant) for each in found]


async def test_a_store_in_trouble_delays_a_run_and_changes_nothing(packager: Bench) -> None:
    bench = packager
    formed = await clusters(bench)
    manifest = await bench.manifest(*formed)
    async with bad_store(bench.stage.store.place) as (trouble, place):
        troubled = S3Objects(place)
        model = open_model(bench.simulator, troubled, bench.stage.pool)
        hurt = Bench(replace(bench.stage, store=troubled), model, bench.simulator)
        async with hurt.stage.working(hurt.build()):
            await hurt.stage.send(*formed, manifest)
            [closed] = await hurt.stage.published(PackagingClosed, seconds=60)
        await model.close()
        troubled.close()

    assert set(trouble.met) == set(FAULTS)
    assert (closed.packages, closed.failed_clusters) == (len(formed), 0)
    packaging = Packaging.read(await get_content(bench.stage.store, closed.packaging))
    proposed = await bench.stage.published(PackageProposed, len(formed))
    assert sorted(str(each.package_id) for each in packaging.packages) == _ids(proposed)
    assert sorted(each.deal_ids for each in proposed) == sorted(each.deal_ids for each in formed)
    assert len(bench.simulator.requests()) == len(formed)  # no answer was paid twice
    assert await bench.stage.value("select max(crashes) from inbox") == 0
    await _index_and_store_agree(bench, len(formed))


def _ids(proposed: Sequence[PackageProposed]) -> list[str]:
    return sorted(str(each.package_id) for each in proposed)


async def _index_and_store_agree(bench: Bench, answers: int) -> None:
    """A row only for a file that is there, and one answer for each question."""
    rows = await bench.stage.rows("select file_path, cached from read.llm_interactions_v1")
    for row in rows:
        assert await bench.stage.store.exists(row["file_path"])
    assert sum(not row["cached"] for row in rows) == answers
    keys = await bench.stage.store.list(f"answers/{bench.stage.tenant}/")
    assert len([key for key in keys if key.endswith("/0.json")]) == answers
