"""A run again: revised with other deals or settings, enriched again, following the feed, compared."""

from functools import partial

from tests.e2e.pipeline import Pipeline, made_up_deals
from tests.e2e.waiting import eventually

STATUS = "select status from read.runs_v1 where (tenant, run_id, revision) = (%s, %s, %s)"


def over(pipeline: Pipeline, tenant: str, run_id: str, revision: int) -> bool:
    return pipeline.sql(STATUS, tenant, run_id, revision) == [("completed",)]


def test_a_run_is_revised_with_the_deals_as_they_now_are_and_compared_with_itself(
    pipeline: Pipeline, tenant: str
) -> None:
    deals = made_up_deals(36)
    pipeline.published(tenant, deals[:30])
    run_id = pipeline.run(tenant)
    pipeline.published(tenant, deals)
    told = pipeline.assort(tenant, "run", "packages", "--base", run_id).out
    assert told.splitlines()[0] == run_id
    assert "revision 2, with the deals as they now are" in told
    shown = pipeline.assort(tenant, "show", run_id, "--json").json
    counts = shown["counts"]
    assert (shown["revision"], counts["placed"] + counts["excluded"]) == (2, 36)
    compared = pipeline.assort(tenant, "diff", f"{run_id}@1", f"{run_id}@2", "--json").json
    packages = compared["packages"]
    assert packages["only_after"] or packages["changed"]
    assert "settings" not in " ".join(compared["differing"])
    told = pipeline.assort(tenant, "diff", f"{run_id}@1", f"{run_id}").out
    assert "packages: " in told
    assert "counts." in told
    same = pipeline.assort(tenant, "diff", run_id, run_id, "--json").json
    assert (same["differing"], len(same["packages"]["same"])) == ({}, counts["packages"])


def test_other_settings_of_a_revision_are_recorded_and_told(pipeline: Pipeline, tenant: str) -> None:
    pipeline.published(tenant, made_up_deals(24))
    run_id = pipeline.run(tenant, "--set", "max_deals_per_cluster=12")
    pipeline.assort(tenant, "run", "packages", "--base", run_id, "--set", "enrichment.currency=EUR")
    told = pipeline.assort(tenant, "show", run_id).out
    assert "clusters.max_deals_per_cluster=12, enrichment.currency=EUR" in told
    assert "hash-256@1" in told
    compared = pipeline.assort(tenant, "diff", f"{run_id}@1", run_id, "--json").json
    assert compared["differing"]["settings.enrichment.currency"] == {"before": "USD", "after": "EUR"}


def test_fresh_answers_take_the_next_sample_number(pipeline: Pipeline, tenant: str) -> None:
    pipeline.published(tenant, made_up_deals(12))
    pipeline.run(tenant)
    again = pipeline.run(tenant, "--fresh")
    settings = pipeline.assort(tenant, "show", again, "--json").json["settings"]
    assert (settings["packing"]["llm"]["fresh"], settings["enrichment"]["llm"]["fresh"]) == (1, 1)
    assert pipeline.assort(tenant, "show", again, "--json").json["cost"]["stored_answers"] == 0


def test_a_run_that_cannot_be_revised_says_why(pipeline: Pipeline, tenant: str) -> None:
    assert "no run none" in pipeline.assort(tenant, "run", "packages", "--base", "none", code=1).err
    refused = pipeline.run(tenant, "--set", "embedding_model=huge", code=1)
    assert "no model 'huge'" in pipeline.assort(tenant, "show", refused).out
    assert "never got its deals" in pipeline.assort(tenant, "run", "packages", "--base", refused, code=1).err
    assert "was refused" in pipeline.assort(tenant, "enrich", refused, code=1).err
    assert "no run none@3" in pipeline.assort(tenant, "diff", "none@3", refused, code=1).err


def test_a_run_that_follows_revises_itself_until_it_is_told_not_to(pipeline: Pipeline, tenant: str) -> None:
    deals = made_up_deals(30)
    pipeline.published(tenant, deals[:24])
    told = pipeline.assort(tenant, "run", "packages", "--follow", "--quiet", "1").out
    run_id = told.splitlines()[0]
    assert "it follows the feed: a revision after 1 quiet seconds or 100 changes" in told
    assert f"`assort unfollow {run_id}`" in pipeline.assort(tenant, "cancel", run_id, code=1).err
    pipeline.published(tenant, deals)
    eventually(partial(over, pipeline, tenant, run_id, 2), "the run revises itself")
    counts = pipeline.assort(tenant, "show", run_id, "--json").json["counts"]
    assert counts["placed"] + counts["excluded"] == 30
    assert "100 quiet seconds" in pipeline.assort(tenant, "follow", run_id, "--quiet", "100").out
    assert "follows no longer" in pipeline.assort(tenant, "unfollow", run_id).out
    assert "does not follow the feed" in pipeline.assort(tenant, "unfollow", run_id, code=1).err
    pipeline.published(tenant, made_up_deals(31))
    assert pipeline.sql(STATUS, tenant, run_id, 3) == []


def test_enrichment_alone_is_a_revision_of_its_own(pipeline: Pipeline, tenant: str) -> None:
    pipeline.published(tenant, made_up_deals(24))
    run_id = pipeline.run(tenant)
    assert "all of its enrichment" in pipeline.assort(tenant, "enrich", run_id, "--fresh").out
    shown = pipeline.assort(tenant, "show", run_id, "--json").json
    llm = [shown["settings"][stage]["llm"]["fresh"] for stage in ("packing", "enrichment")]
    assert (shown["revision"], llm) == (2, [0, 1])
