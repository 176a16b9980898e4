"""People steer runs: cancel, pause, budget, retry. Whatever they do, every deal stays accounted for."""

import json
import re
from functools import partial

from tests.e2e.pipeline import Pipeline, made_up_deals
from tests.e2e.waiting import eventually

CALLS = "select count(*) from read.llm_interactions_v1 where (tenant, run_id) = (%s, %s)"
STATES = (
    "select state, expected, done from read.{stage}_runs_v1 where (tenant, run_id, revision) = (%s, %s, %s)"
)


def asked(pipeline: Pipeline, tenant: str, *words: str) -> str:
    """A run that goes on while the test does something to it."""
    return pipeline.run(tenant, "--no-watch", *words)


def members_done(pipeline: Pipeline, stage: str, tenant: str, run_id: str) -> int:
    rows = pipeline.sql(STATES.format(stage=stage), tenant, run_id, 1)
    return int(rows[0][2]) if rows else 0


def waits_for_its_budget(pipeline: Pipeline, tenant: str, run_id: str) -> bool:
    waiting = (
        "select count(*) from read.packager_inbox_v1 where (tenant, run_id) = (%s, %s) and reason like %s"
    )
    return pipeline.sql(waiting, tenant, run_id, "%OverBudget%") != [(0,)]


def proven(pipeline: Pipeline, tenant: str, run_id: str, status: str, revision: int = 1) -> dict[str, int]:
    """The run ended so, and its proof holds; returns its counts."""
    proof = pipeline.assort(tenant, "verify", run_id, "--json").json
    assert (proof["status"], proof["revision"], proof["proven"]) == (status, revision, True), proof
    shown = pipeline.assort(tenant, "show", run_id, "--json").json
    counts: dict[str, int] = shown["counts"]
    return counts


def test_a_run_that_is_cancelled_midway_accounts_for_every_deal_and_can_be_retried(
    pipeline: Pipeline, tenant: str
) -> None:
    pipeline.published(tenant, made_up_deals(40))
    pipeline.behave(faults=[{"kind": "hang", "first_n": 2, "prompt": "enrich_package"}])
    run_id = asked(pipeline, tenant, "--set", "max_deals_per_cluster=8")
    enriched = partial(members_done, pipeline, "enricher", tenant, run_id)
    eventually(lambda: enriched() > 0, "the first package is enriched")
    assert "is being cancelled" in pipeline.assort(tenant, "cancel", run_id).out
    assert "cancelled" in pipeline.assort(tenant, "watch", run_id, code=1).out
    counts = proven(pipeline, tenant, run_id, "cancelled")
    assert counts["placed"] + counts["failed"] + counts["excluded"] == 40
    assert counts["placed"] > 0
    assert counts["failed"] > 0
    refused = pipeline.assort(tenant, "pause", run_id, code=1)
    assert "is over (cancelled): there is nothing to pause" in refused.err
    pipeline.behave(faults=[])
    pipeline.assort(tenant, "retry", run_id)
    counts = proven(pipeline, tenant, run_id, "completed", revision=2)
    assert counts["placed"] + counts["excluded"] == 40


def test_a_paused_run_rests_until_it_is_resumed(pipeline: Pipeline, tenant: str) -> None:
    """It has no budget at first, so that it cannot be over before it is paused."""
    pipeline.published(tenant, made_up_deals(12))
    run_id = asked(pipeline, tenant, "--budget", "0")
    eventually(lambda: waits_for_its_budget(pipeline, tenant, run_id), "it waits for its budget")
    assert f"{run_id} paused" in pipeline.assort(tenant, "pause", run_id).out
    assert "paused already" in pipeline.assort(tenant, "pause", run_id, code=1).err
    assert "let it end" in pipeline.assort(tenant, "retry", run_id, code=1).err
    pipeline.assort(tenant, "budget", run_id, "5")
    assert "is not over yet" in pipeline.assort(tenant, "verify", run_id, code=2).out
    assert pipeline.sql(CALLS, tenant, run_id) == [(0,)]
    assert "goes on" in pipeline.assort(tenant, "resume", run_id).out
    pipeline.assort(tenant, "watch", run_id)
    counts = proven(pipeline, tenant, run_id, "completed")
    assert counts["placed"] + counts["excluded"] == 12


def test_without_a_budget_no_call_is_made_until_it_is_raised(pipeline: Pipeline, tenant: str) -> None:
    pipeline.published(tenant, made_up_deals(12))
    run_id = asked(pipeline, tenant, "--budget", "0")
    waiting = (
        "select count(*) from read.packager_inbox_v1 where (tenant, run_id) = (%s, %s) and reason like %s"
    )
    eventually(lambda: pipeline.sql(waiting, tenant, run_id, "%udget%") != [(0,)], "it waits for its budget")
    unfinished = pipeline.assort(tenant, "verify", run_id, code=2).out
    assert re.search("packager: .*udget", unfinished)
    assert pipeline.sql(CALLS, tenant, run_id) == [(0,)]
    assert "may spend 5.0000 USD" in pipeline.assort(tenant, "budget", run_id, "5").out
    watched = pipeline.assort(tenant, "watch", run_id).out
    assert "of 5.0000" in watched
    proven(pipeline, tenant, run_id, "completed")
    assert "has spent" in pipeline.assort(tenant, "budget", run_id, "0", code=1).err


def test_a_run_that_fails_twice_is_whole_after_the_second_retry(pipeline: Pipeline, tenant: str) -> None:
    pipeline.published(tenant, made_up_deals(24))
    pipeline.behave(faults=[{"kind": "refusal", "rate": 1.0}])
    run_id = pipeline.run(tenant, code=1)
    counts = proven(pipeline, tenant, run_id, "failed")
    assert (counts["placed"], counts["failed"] + counts["excluded"]) == (0, 24)
    pipeline.assort(tenant, "retry", run_id, code=1)
    proven(pipeline, tenant, run_id, "failed", revision=2)
    pipeline.behave(faults=[])
    pipeline.assort(tenant, "retry", run_id)
    counts = proven(pipeline, tenant, run_id, "completed", revision=3)
    assert counts["placed"] + counts["excluded"] == 24
    events = "select count(*) from read.events_v1 where (tenant, run_id, topic) = (%s, %s, 'run.finished.v1')"
    assert pipeline.sql(events, tenant, run_id) == [(3,)]


def test_a_retry_keeps_what_is_done_and_does_not_pay_for_it_again(pipeline: Pipeline, tenant: str) -> None:
    pipeline.published(tenant, made_up_deals(40))
    pipeline.behave(faults=[{"kind": "refusal", "rate": 1.0, "prompt": "enrich_package"}])
    run_id = pipeline.run(tenant, code=1)
    first = proven(pipeline, tenant, run_id, "failed")
    assert first["failed_packages"] == first["packages"] > 0
    pipeline.behave(faults=[])
    before = pipeline.requests()
    pipeline.assort(tenant, "retry", run_id)
    counts = proven(pipeline, tenant, run_id, "completed", revision=2)
    assert pipeline.requests() - before == counts["packages"]


def test_the_same_deals_in_another_order_give_the_same_packages(pipeline: Pipeline, tenant: str) -> None:
    deals = made_up_deals(24)
    shuffled = deals[::-1][::2] + deals[::-1][1::2]
    packages = []
    for name, order in ((tenant, deals), (f"{tenant}b", shuffled)):
        pipeline.published(name, order)
        run_id = pipeline.run(name, "--set", "max_deals_per_cluster=8")
        packages.append(pipeline.assort(name, "show", run_id, "--json").json["packages"])
    assert packages[0] == packages[1]
    assert len(packages[0]) > 3


def test_a_second_run_takes_stored_answers_and_gives_the_same_bytes(pipeline: Pipeline, tenant: str) -> None:
    pipeline.published(tenant, made_up_deals(24))
    runs = [pipeline.run(tenant) for _ in range(2)]
    first, second = (pipeline.assort(tenant, "show", run_id, "--json").json for run_id in runs)
    assert first["packages"] == second["packages"]
    assert second["cost"]["usd"] == 0
    assert second["cost"]["stored_answers"] == first["cost"]["calls"]
    outcomes = "select outcome_sha256 from read.outcomes_v1 where tenant = %s group by outcome_sha256"
    assert len(pipeline.sql(outcomes, tenant)) == 1
    proven(pipeline, tenant, runs[1], "completed")


def test_a_dead_letter_is_listed_shown_dropped_and_replayed(pipeline: Pipeline, tenant: str) -> None:
    deal = {**made_up_deals(1)[0], "version": 1}
    pipeline.published(tenant, [deal])
    # The same version with other content is refused by the embedder: nobody knows which one is right.
    deal["deal_name"] = "Another name"
    pipeline.assort(tenant, "publish", "-", typed=json.dumps(deal))
    listed = "select letter_id::text from read.embedder_letters_v1 where tenant = %s and state = %s"
    eventually(lambda: len(pipeline.sql(listed, tenant, "dead")) == 1, "the letter is there")
    [(letter,)] = pipeline.sql(listed, tenant, "dead")
    shown = pipeline.assort(tenant, "dead", "list").out
    assert letter[:8] in shown
    assert "version_conflict" in shown
    assert "Another name" in pipeline.assort(tenant, "dead", "show", letter[:8]).out
    assert "nothing was done: add --yes" in pipeline.assort(tenant, "dead", "drop", "--all").out
    assert len(pipeline.sql(listed, tenant, "dead")) == 1
    pipeline.assort(tenant, "dead", "drop", letter[:8])
    eventually(lambda: len(pipeline.sql(listed, tenant, "dropped")) == 1, "the letter is dropped")
    assert "was dropped already" in pipeline.assort(tenant, "dead", "replay", letter).out
    assert "no dead letters" in pipeline.assort(tenant, "dead", "list").out
