"""From deals to packages: complete, explained, proven."""

import json

from tests.e2e.pipeline import Pipeline, made_up_deals

Run = tuple[str, str]


def test_forty_deals_become_enriched_packages_and_nothing_is_lost(pipeline: Pipeline, finished: Run) -> None:
    tenant, run_id = finished
    shown = pipeline.assort(tenant, "show", run_id, "--json").json
    counts = shown["counts"]
    assert shown["status"] == "completed"
    assert counts["placed"] + counts["excluded"] == 40
    assert counts["failed"] == 0
    assert counts["packages"] >= 3
    packages = [one for one in shown["packages"] if one["kind"] == "package"]
    assert len(packages) == counts["packages"]
    assert all(one["advice"] and one["aggregates"] and len(one["deal_ids"]) >= 3 for one in packages)
    assert len({item for one in packages for item in one["deal_ids"]}) == counts["placed"]


def test_the_proof_of_a_sound_run_holds(pipeline: Pipeline, finished: Run) -> None:
    tenant, run_id = finished
    proof = pipeline.assort(tenant, "verify", run_id, "--json").json
    assert proof["proven"] is True
    assert proof["findings"] == []
    assert proof["looked_at"]["items"] == 40
    assert proof["looked_at"]["LLM calls"] >= proof["looked_at"]["packages"]
    assert "is proven" in pipeline.assort(tenant, "verify", "last").out


def test_a_run_of_the_simulator_says_so(pipeline: Pipeline, finished: Run) -> None:
    tenant, run_id = finished
    assert "not from a language model" in pipeline.assort(tenant, "show", run_id).out


def test_why_leads_from_a_placed_deal_to_its_package_and_the_calls(pipeline: Pipeline, finished: Run) -> None:
    tenant, run_id = finished
    packages = pipeline.assort(tenant, "show", run_id, "--json").json["packages"]
    package = next(one for one in packages if one["kind"] == "package")
    told = pipeline.assort(tenant, "why", package["deal_ids"][0], "--run", run_id).out
    assert "placed" in told
    assert package["package_id"] in told
    assert package["cluster_id"] in told
    assert f"llm_logs/{run_id}/package_proposal/" in told
    assert f"llm_logs/{run_id}/package_enrichment/" in told
    assert "snapshot" in told


def test_why_gives_the_reason_of_an_excluded_deal(pipeline: Pipeline, finished: Run) -> None:
    tenant, run_id = finished
    query = "select item_id, code from read.excluded_deals_v1 where (tenant, run_id) = (%s, %s) limit 1"
    [(item, code)] = pipeline.sql(query, tenant, run_id)
    told = pipeline.assort(tenant, "why", item).out
    assert f"excluded: {code}" in told
    assert f"llm_logs/{run_id}/package_proposal/" in told


def test_one_package_can_be_shown_in_full(pipeline: Pipeline, finished: Run) -> None:
    tenant, run_id = finished
    package = pipeline.assort(tenant, "show", run_id, "--json").json["packages"][0]
    told = pipeline.assort(tenant, "show", run_id, "--package", package["package_id"][:8]).out
    assert package["package_name"] in told
    assert all(item in told for item in package["deal_ids"])


def test_without_deals_a_run_completes_with_nothing(pipeline: Pipeline, tenant: str) -> None:
    run_id = pipeline.run(tenant)
    shown = pipeline.assort(tenant, "show", run_id, "--json").json
    assert shown["status"] == "completed"
    assert set(shown["counts"].values()) == {0}
    assert pipeline.assort(tenant, "verify", run_id, "--json").json["proven"] is True


def test_deals_that_are_too_few_are_all_excluded_and_no_model_is_asked(
    pipeline: Pipeline, tenant: str
) -> None:
    items = pipeline.published(tenant, made_up_deals(3))
    run_id = pipeline.run(tenant)
    shown = pipeline.assort(tenant, "show", run_id, "--json").json
    assert (shown["status"], shown["counts"]["excluded"], shown["cost"]["calls"]) == ("completed", 3, 0)
    assert "too_few" in pipeline.assort(tenant, "why", items[0]).out
    assert pipeline.assort(tenant, "verify", run_id, "--json").json["proven"] is True


def test_a_deal_that_never_comes_is_failed_and_a_retry_finds_it_when_it_came(
    pipeline: Pipeline, tenant: str
) -> None:
    *deals, last = made_up_deals(41)
    items = pipeline.published(tenant, deals)
    late = f"bidswitch.com/{last['deal_id']}"
    run_id = pipeline.run(tenant, *items, late, "--wait", "0", code=3)
    assert "failed: not_published" in pipeline.assort(tenant, "why", late, "--run", run_id).out
    pipeline.assort(tenant, "publish", "-", typed=json.dumps({**last, "origin": "bidswitch.com"}))
    pipeline.arrived(tenant, 41)
    pipeline.assort(tenant, "retry", run_id)
    proof = pipeline.assort(tenant, "verify", run_id, "--json").json
    assert (proof["revision"], proof["status"], proof["proven"]) == (2, "completed", True)


def test_a_withdrawn_deal_is_not_in_the_next_run(pipeline: Pipeline, tenant: str) -> None:
    items = pipeline.published(tenant, made_up_deals(12))
    pipeline.assort(tenant, "publish", "--withdraw", items[0])
    pipeline.arrived(tenant, 11)
    run_id = pipeline.run(tenant)
    counts = pipeline.assort(tenant, "show", run_id, "--json").json["counts"]
    assert counts["placed"] + counts["excluded"] == 11
    assert "withdrawn" in pipeline.assort(tenant, "why", items[0], "--run", run_id).out


def test_settings_travel_with_the_run(pipeline: Pipeline, tenant: str) -> None:
    pipeline.published(tenant, made_up_deals(24))
    few = pipeline.run(tenant)
    many = pipeline.run(tenant, "--set", "max_deals_per_cluster=8")
    shown = pipeline.assort(tenant, "show", many, "--json").json
    assert shown["settings"]["clusters"]["max_deals_per_cluster"] == 8
    assert (
        shown["counts"]["clusters"]
        > pipeline.assort(tenant, "show", few, "--json").json["counts"]["clusters"]
    )
    assert "clusters.max_deals_per_cluster=8" in pipeline.assort(tenant, "show", many).out
    assert [line.split()[0] for line in pipeline.assort(tenant, "runs").out.splitlines()[1:]] == [many, few]
