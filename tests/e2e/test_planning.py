"""What a run would come to, told before and held against the run."""

import json

from tests.e2e.pipeline import Pipeline, made_up_deals

SMALL = ("--set", "max_deals_per_cluster=12")


def events(pipeline: Pipeline, tenant: str) -> list[tuple[object, ...]]:
    return pipeline.sql("select event_id from read.events_v1 where tenant = %s", tenant)


def test_a_plan_has_the_clusters_of_the_run_and_learns_from_it(pipeline: Pipeline, tenant: str) -> None:
    pipeline.published(tenant, made_up_deals(60))
    pipeline.run(tenant, *SMALL)
    told = json.loads(pipeline.assort(tenant, "show", "--json").out)

    plan = json.loads(pipeline.assort(tenant, "plan", *SMALL, "--json").out)

    assert plan["deals"] == 60
    assert plan["clusters"] == told["counts"]["clusters"]
    assert plan["packages"] == told["counts"]["packages"]
    assert plan["assumed"] == []
    assert abs(sum(plan["calls"].values()) - told["cost"]["calls"]) <= 2
    assert abs(plan["usd"] - told["cost"]["usd"]) <= 0.2 * told["cost"]["usd"]


def test_a_plan_without_history_says_what_it_assumes_and_writes_nothing(
    pipeline: Pipeline, tenant: str
) -> None:
    pipeline.published(tenant, made_up_deals(30))

    words = pipeline.assort(tenant, "plan", "--sweep").out

    assert "3.8 of a cluster, assumed" in words
    assert "no call yet" in words
    assert "max_deals_per_cluster=10" in words
    assert events(pipeline, tenant) == []


def test_a_dry_run_shows_the_plan_in_place_of_running(pipeline: Pipeline, tenant: str) -> None:
    ids = pipeline.published(tenant, made_up_deals(30))

    words = pipeline.assort(tenant, "run", "packages", "--dry-run", *ids[:20]).out

    assert "20 with a vector" in words
    assert "nothing was asked for" in words
    assert events(pipeline, tenant) == []


def test_a_dry_run_of_a_revise_counts_what_has_changed_since(pipeline: Pipeline, tenant: str) -> None:
    deals = made_up_deals(40)
    pipeline.published(tenant, deals)
    run = pipeline.run(tenant, *SMALL)
    changed = {**deals[0], "version": 2, "description": "another text"}
    pipeline.assort(
        tenant, "publish", "-", typed="\n".join(map(json.dumps, [changed, made_up_deals(41)[40]]))
    )
    pipeline.arrived(tenant, 41)

    words = pipeline.assort(tenant, "run", "packages", "--base", run, "--dry-run").out

    assert f"revision 2 of {run}" in words
    assert "1 deals are new, 1 have changed, 0 are gone" in words
    assert "1 of" in words


def test_without_a_vector_of_any_deal_a_plan_says_so(pipeline: Pipeline, tenant: str) -> None:
    done = pipeline.assort(tenant, "plan", code=1)

    assert "assort publish" in done.err
