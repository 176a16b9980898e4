"""The ranker on real Kafka, Postgres and S3, asking the simulator over HTTP."""

from typing import Any

import pytest

from contracts import Reference
from contracts.event import loads
from contracts.ranking import RankingSettings
from contracts.ranking_data import RankingDataGenerated
from contracts.runs import Counts, RunCommanded, RunFinished
from objects import put_content
from tests.ranker.conftest import Bench
from tests.ranker.inputs import RUN_ID, Market

SETTINGS = RankingSettings(num_clusters=12, seed=5)
DEALS = 150
DOWN = [{"kind": "503"}]
QUERIES = "select count(*) from read.ranking_queries_v1"


@pytest.fixture
def market(bench: Bench) -> Market:
    return Market.of(DEALS, bench.stage.tenant)


async def begin(bench: Bench, market: Market, settings: RankingSettings = SETTINGS, **brief: Any) -> None:
    await bench.stage.send(*await market.told(bench.stage.store))
    await bench.stage.send(await market.frozen(bench.stage.store, settings, **brief))


async def made(
    bench: Bench, market: Market, run_id: str, settings: RankingSettings = SETTINGS, **brief: Any
) -> bytes:
    """The records of a run, from beginning to end."""
    await begin(bench, market, settings, run_id=run_id, **brief)
    return await bench.dataset(await bench.ended(run_id))


async def test_packages_become_labelled_queries_and_every_candidate_is_accounted_for(
    bench: Bench, market: Market
) -> None:
    async with bench.working():
        await begin(bench, market)
        finished = await bench.ended(RUN_ID)
        [generated] = await bench.stage.published(RankingDataGenerated)
        ends = await bench.stage.published(RunFinished, 2)

    assert finished in ends
    assert finished.status == "completed"
    outcome, report = await bench.outcome(finished), await bench.report(finished)
    named = [*outcome.placed, *(one.item_id for one in (*outcome.failed, *outcome.excluded))]
    assert sorted(named) == sorted([*(deal.item_id for deal in market.deals), "bidswitch.com/gone"])
    records = loads(await bench.dataset(finished))
    assert {record["label"] for record in records} == {0, 1}
    assert {record["candidate_id"] for record in records} == set(outcome.placed)
    assert len(records) == report.records == generated.positives + generated.negatives
    assert finished.counts.queries == report.queries.kept == generated.queries > 0
    assert report.proof.holds
    assert report.leaks.clean
    query = "select query, candidate_id, label from read.ranking_records_v1 order by number"
    assert [tuple(row.values()) for row in await bench.stage.rows(query)] == [
        (record["query"], record["candidate_id"], record["label"]) for record in records
    ]
    assert finished.cost.calls == finished.counts.clusters == SETTINGS.num_clusters


async def test_the_same_again_in_another_order_is_the_same_to_the_byte_and_costs_nothing(
    bench: Bench, market: Market
) -> None:
    async with bench.working():
        first = await made(bench, market, "RUN_1")
        calls = len(bench.simulator.requests())
        again = await made(bench, market, "RUN_2")
        shuffled = await made(bench, market, "RUN_3", shuffled=4)

    assert first == again == shuffled
    assert len(bench.simulator.requests()) == calls


async def test_another_seed_draws_other_clusters(bench: Bench, market: Market) -> None:
    settings = RankingSettings(num_clusters=4, dry_run=True)
    async with bench.working():
        first = await made(bench, market, "RUN_1", settings)
        other = await made(bench, market, "RUN_2", settings.model_copy(update={"seed": 8}))

    assert {one["cluster_id"] for one in loads(first)} != {one["cluster_id"] for one in loads(other)}


async def test_a_dry_run_asks_nobody(bench: Bench, market: Market) -> None:
    async with bench.working():
        await begin(bench, market, SETTINGS.model_copy(update={"dry_run": True}))
        finished = await bench.ended(RUN_ID)

    assert not bench.simulator.requests()
    report = await bench.report(finished)
    assert report.queries.stub == report.queries.kept > 0
    assert finished.cost.calls == 0


async def test_without_a_model_the_run_waits_and_goes_on_when_it_is_back(
    bench: Bench, market: Market
) -> None:
    bench.simulator.set(faults=DOWN)
    async with bench.working():
        await begin(bench, market)
        waits = "select count(*) > 0 from inbox where parks > 0 and reason like '%language model%'"
        await bench.stage.seen(waits, expected=True, what="parked work", seconds=60)
        assert await bench.stage.value(QUERIES) == 0
        bench.simulator.reset()
        finished = await bench.ended(RUN_ID)

    assert finished.status == "completed"


async def test_with_fallback_queries_are_made_by_rule_marked_and_counted(
    bench: Bench, market: Market
) -> None:
    bench.simulator.set(faults=DOWN)
    async with bench.working():
        await begin(bench, market, SETTINGS.model_copy(update={"fallback": True}))
        finished = await bench.ended(RUN_ID)

    report = await bench.report(finished)
    assert report.queries.fallback == report.queries.kept > 0
    assert report.queries.fallback_share == 1
    assert {one["metadata"]["made_by"] for one in loads(await bench.dataset(finished))} == {"fallback"}


async def test_a_cluster_that_no_model_answers_about_fails_and_the_others_go_on(
    bench: Bench, market: Market
) -> None:
    bench.simulator.set(faults=[{"kind": "refusal", "containing": market.deals[0].name}])
    async with bench.working():
        await begin(bench, market, RankingSettings(num_clusters=5000))
        finished = await bench.ended(RUN_ID)

    outcome = await bench.outcome(finished)
    assert finished.status == "completed_with_failures"
    assert {one.code for one in outcome.failed_clusters} == {"refusal"}
    assert 0 < finished.counts.failed_clusters < finished.counts.clusters
    assert {one.code for one in outcome.failed} <= {"queries_failed"}  # others may hold its members
    assert len(outcome.placed) + len(outcome.failed) + len(outcome.excluded) == len(market.deals) + 1
    assert "clusters without queries: refusal" in finished.words


async def test_few_queries_that_can_be_used_are_asked_about_once_more_and_then_taken(
    bench: Bench, market: Market
) -> None:
    bench.simulator.set(faults=[{"kind": "wrong_language"}])  # all queries of an answer are one sentence
    async with bench.working():
        await begin(bench, market)
        finished = await bench.ended(RUN_ID)

    assert finished.cost.calls == 2 * SETTINGS.num_clusters
    report = await bench.report(finished)
    assert report.queries.duplicate > report.queries.written / 2
    assert finished.status == "completed"
    assert finished.words.startswith("no records: none of ") == (not report.records)


async def test_fewer_clusters_than_two_are_refused_with_every_candidate_excluded(bench: Bench) -> None:
    market = Market.of(4, bench.stage.tenant)
    lonely = Market(market.deals, {"all": list(market.deals)}, market.tenant)
    async with bench.working():
        await begin(bench, lonely)
        finished = await bench.ended(RUN_ID)

    assert finished.status == "refused"
    assert finished.words.startswith("too_few_clusters: ")
    outcome = await bench.outcome(finished)
    assert {one.code for one in outcome.excluded} == {"too_few_clusters", "withdrawn"}
    assert len(outcome.excluded) == len(market.deals) + 1


async def test_fewer_clusters_than_asked_for_are_all_used_and_the_report_says_so(
    bench: Bench, market: Market
) -> None:
    async with bench.working():
        await begin(bench, market, RankingSettings(num_clusters=5000, dry_run=True))
        finished = await bench.ended(RUN_ID)

    report = await bench.report(finished)
    assert len(report.drawn) == report.clusters < 5000
    assert any("5000" in words for words in report.words)
    assert "5000" in finished.words


async def test_records_that_were_there_stay_and_their_clusters_are_not_asked_about_again(
    bench: Bench, market: Market
) -> None:
    async with bench.working():
        first = await made(bench, market, "RUN_1", RankingSettings(num_clusters=4))
        calls = len(bench.simulator.requests())
        existing = await put_content(
            bench.stage.store, f"{bench.stage.tenant}/ranking", first, count=len(loads(first))
        )
        both = await made(bench, market, "RUN_2", RankingSettings(num_clusters=4), existing=existing)

    before, after = loads(first), loads(both)
    assert after[: len(before)] == before
    old, new = ({one["cluster_id"] for one in part} for part in (before, after[len(before) :]))
    assert new
    assert not old & new
    assert len(bench.simulator.requests()) == calls + 4


async def test_records_that_cannot_be_read_end_the_run_in_words(bench: Bench, market: Market) -> None:
    bad = await put_content(bench.stage.store, f"{bench.stage.tenant}/ranking", b'[{"query": 3}]', count=1)
    async with bench.working():
        await begin(bench, market, existing=bad)
        finished = await bench.ended(RUN_ID)

    assert finished.status == "failed"
    assert "ranking_records" in finished.words
    assert finished.counts.failed == len(market.deals)


async def test_a_run_that_is_cancelled_ends_with_every_candidate_accounted_for(
    bench: Bench, market: Market
) -> None:
    bench.simulator.set(latency_seconds=60)
    async with bench.working():
        await begin(bench, market)
        await bench.stage.seen("select count(*) from ranking_run", 1, what="a run that has begun")
        await bench.stage.send(
            RunCommanded(tenant=bench.stage.tenant, run_id=RUN_ID, command="cancel", number=1)
        )
        finished = await bench.ended(RUN_ID)

    assert finished.status == "cancelled"
    assert finished.counts == Counts(failed=len(market.deals), excluded=1, clusters=12, failed_clusters=12)


async def test_it_waits_until_all_of_the_packages_run_has_been_told(bench: Bench, market: Market) -> None:
    told = await market.told(bench.stage.store)
    async with bench.working():
        await bench.stage.send(await market.frozen(bench.stage.store, SETTINGS))
        waits = "select count(*) > 0 from inbox where parks > 0 and reason like '%waiting for the %'"
        await bench.stage.seen(waits, expected=True, what="a run that waits")
        await bench.stage.send(*reversed(told))
        finished = await bench.ended(RUN_ID)

    assert finished.status == "completed"


async def test_an_input_that_is_lost_ends_the_run(bench: Bench, market: Market) -> None:
    frozen = await market.frozen(bench.stage.store, SETTINGS)
    lost = Reference(key=f"{bench.stage.tenant}/snapshots/none.json", sha256="0" * 64, bytes=1, count=1)
    async with bench.working():
        await bench.stage.send(*await market.told(bench.stage.store))
        await bench.stage.send(frozen.model_copy(update={"snapshot": lost}))
        finished = await bench.ended(RUN_ID)

    assert finished.status == "failed"
    assert finished.outcome is None
