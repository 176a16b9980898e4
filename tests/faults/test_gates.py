"""What holds up a packager as a whole: refused credentials, a missing price; and how it goes on by itself."""

from dataclasses import replace

import pytest

from contracts.packages import PackageProposed, PackagingClosed
from contracts.runs import RunCommanded
from packager.adapters import LlmPlanner
from tests.faults.probing import open_model
from tests.packager.conftest import Bench
from tests.samples import RUN_ID, cluster, deals, ids, keep_bodies

DEALS = deals(5)
GATES = "select name from read.packager_gates_v1"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A blocked stage tries again soon."""
    monkeypatch.setattr("runtime.dispatch.PROBE_SECONDS", 0.3)


@pytest.mark.parametrize("kind", ["401", "403"])
async def test_refused_credentials_stop_the_stage_with_one_call_at_a_time_and_lose_nothing(
    packager: Bench, kind: str
) -> None:
    stage, simulator = packager.stage, packager.simulator
    simulator.set(faults=[{"kind": kind}])
    found = [deals(5, start=100 * place) for place in range(1, 7)]
    bodies = [await keep_bodies(stage.store, stage.tenant, each) for each in found]
    events = [cluster(each, body, tenant=stage.tenant) for each, body in zip(found, bodies, strict=True)]
    one_at_a_time = stage.settings.model_copy(update={"concurrency": 1})
    stage = replace(stage, settings=one_at_a_time)
    async with stage.working(Bench(stage, packager.model, simulator).build()) as worker:
        await stage.send(*events, await packager.manifest(*events))
        await stage.seen(GATES, "credentials", what="the gate is shut")
        calls = len(simulator.requests())
        assert calls < len(events)  # it does not run every piece of work against the wall
        await stage.seen("select count(*) from read.llm_interactions_v1", calls + 2, what="two more probes")
        assert "blocked: credentials" in worker.health.missing()
        assert await stage.value("select count(*) from dead_letter") == 0

        simulator.set(faults=[])
        [closed] = await stage.published(PackagingClosed)
        await stage.seen(f"select count(*) from ({GATES}) gates", 0, what="the gate is open again")

    assert (closed.packages, closed.failed_clusters) == (len(events), 0)
    assert await stage.value("select max(crashes) from inbox") == 0


async def test_a_format_that_the_model_does_not_take_is_replaced_by_a_simpler_one(packager: Bench) -> None:
    stage = packager.stage
    packager.simulator.set(faults=[{"kind": "unsupported_response_format"}])
    event = cluster(DEALS, await keep_bodies(stage.store, stage.tenant, DEALS), tenant=stage.tenant)
    async with stage.working(packager.build()):
        await stage.send(event)
        [proposed] = await stage.published(PackageProposed)

    assert proposed.deal_ids == ids(DEALS)
    assert [each.status for each in packager.simulator.requests()] == [400, 400, 200]


async def test_with_a_budget_and_no_price_nothing_is_asked_until_it_has_both(
    packager: Bench,
) -> None:
    stage = packager.stage
    model = open_model(packager.simulator, stage.store, stage.pool, llm_profile="vllm")
    bench = Bench(stage, model, packager.simulator)
    bodies = await keep_bodies(stage.store, stage.tenant, DEALS)
    event = cluster(DEALS, bodies, tenant=stage.tenant, budget_usd=5)
    waits = "select reason from inbox where state = 'pending'"
    async with stage.working(bench.build(LlmPlanner(model, "a-model-without-a-price", 8192))):
        await stage.send(event, await bench.manifest(event))
        await stage.seen(
            f"select count(*) from ({waits}) as w where reason like 'budget:%price is unknown%'",
            1,
            what="it says why it waits",
        )
        assert packager.simulator.requests() == []
    await model.close()

    async with stage.working(packager.build()):  # this one's model has a price
        order = RunCommanded(tenant=stage.tenant, run_id=RUN_ID, command="raise_budget", budget_usd=6)
        await stage.send(order)
        [closed] = await stage.published(PackagingClosed)
    assert (closed.packages, closed.failed_clusters) == (1, 0)
    assert len(packager.simulator.requests()) == 1
