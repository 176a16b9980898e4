"""Products to segments as a user does it: publish, run, watch, show, explain, compare, prove, repair."""

import json

import pytest

from cli.demo_products import CATEGORY, generate_products
from tests.e2e.pipeline import Pipeline, new_tenant

COUNT = 130


@pytest.fixture(scope="module")
def segmented(shared_pipeline: Pipeline) -> tuple[str, str]:
    """Tenant and id of a run of made-up products, over."""
    tenant = new_tenant()
    text = "\n".join(json.dumps(one.product) for one in generate_products(COUNT))
    shared_pipeline.assort(tenant, "publish", "--products", "-", typed=text)
    shared_pipeline.arrived(tenant, COUNT)
    done = shared_pipeline.assort(tenant, "run", "segmentation", "--category", CATEGORY)
    return tenant, done.out.splitlines()[0]


def test_a_segmentation_is_shown_and_proven(pipeline: Pipeline, segmented: tuple[str, str]) -> None:
    tenant, run = segmented
    shown = pipeline.assort(tenant, "show", run, "--json").json
    proof = pipeline.assort(tenant, "verify", run, "--json").json

    placed = [item for segment in shown["segments"] for item in segment["product_ids"]]
    assert len(placed) == len(set(placed)) == COUNT
    assert shown["counts"]["placed"] == COUNT
    assert shown["counts"]["segments"] == sum(one["kind"] == "category" for one in shown["segments"])
    assert proof["proven"]
    assert proof["looked_at"]["products"] == COUNT
    assert proof["looked_at"]["LLM calls"] >= proof["looked_at"]["steps"] > 4


def test_it_is_told_in_words(pipeline: Pipeline, segmented: tuple[str, str]) -> None:
    tenant, run = segmented
    shown = pipeline.assort(tenant, "show", run).out
    listed = pipeline.assort(tenant, "runs").out
    watched = pipeline.assort(tenant, "watch", run).out

    assert f"{COUNT} placed" in shown
    assert "Lighting, taxonomy 1" in shown
    assert "segmentation" in listed
    assert "segment 4/4 calls" in watched
    name = pipeline.assort(tenant, "show", run, "--json").json["segments"][0]["category_name"]
    assert name in pipeline.assort(tenant, "show", run, "--segment", name).out


def test_its_history_says_who_asked(pipeline: Pipeline, segmented: tuple[str, str]) -> None:
    tenant, run = segmented
    told = pipeline.assort(tenant, "history", run, "--json").json

    assert [one["change"] for one in told] == ["requested", "frozen", "completed"]
    assert told[0]["asked_by"] in pipeline.assort(tenant, "history", run).out


def test_why_tells_the_way_of_a_product(pipeline: Pipeline, segmented: tuple[str, str]) -> None:
    tenant, run = segmented
    told = pipeline.assort(tenant, "why", "LS-1005").out

    assert "Halden" in told or "LS-1005" in told
    assert "decided in" in told
    assert f"{run} revision 1 (completed)" in told
    assert "so it is   placed in" in told
    missing = pipeline.assort(tenant, "why", "LS-9999", "--run", run, code=1)
    assert "no product LS-9999 was ever published" in missing.err


def test_the_same_again_is_the_same_and_costs_nothing(pipeline: Pipeline, segmented: tuple[str, str]) -> None:
    tenant, run = segmented
    before = pipeline.requests()
    again = pipeline.assort(tenant, "run", "segmentation", "--category", CATEGORY).out.splitlines()[0]

    assert pipeline.requests() == before
    compared = pipeline.assort(tenant, "diff", run, again, "--json").json
    assert not compared["segments"]["changed"]
    assert not compared["segments"]["only_after"]
    assert len(compared["segments"]["same"]) > 4


def test_other_settings_are_compared(pipeline: Pipeline, segmented: tuple[str, str]) -> None:
    tenant, run = segmented
    words = ("--category", CATEGORY, "--set", "features.refine=false", "--set", "products_per_prompt=30")
    other = pipeline.assort(tenant, "run", "segmentation", *words).out.splitlines()[0]
    compared = pipeline.assort(tenant, "diff", run, other).out

    assert pipeline.assort(tenant, "verify", other, "--json").json["proven"]
    assert "features.refine" in compared
    assert "segments:" in compared


def test_unknown_products_are_refused_with_the_list(pipeline: Pipeline, segmented: tuple[str, str]) -> None:
    tenant, _ = segmented
    before = pipeline.requests()
    done = pipeline.assort(tenant, "run", "segmentation", "1001", "nowhere", "--category", CATEGORY, code=1)
    run = done.out.splitlines()[0]

    assert "refused: unknown_products: nobody has published 1 of the products: nowhere" in done.out
    assert pipeline.requests() == before
    assert pipeline.assort(tenant, "verify", run, "--json").json["proven"]


def test_what_failed_is_done_again_by_a_retry(pipeline: Pipeline) -> None:
    tenant = new_tenant()
    made = [one.product for one in generate_products(50)]
    pipeline.assort(tenant, "publish", "--products", "-", typed=json.dumps(made))
    pipeline.arrived(tenant, 50)
    pipeline.behave(
        faults=[{"kind": "missing_ids", "prompt": "extract_taxonomy", "containing": made[0]["name"]}]
    )
    run = pipeline.assort(tenant, "run", "segmentation", "--category", CATEGORY, code=3).out.splitlines()[0]
    assert pipeline.assort(tenant, "verify", run, "--json").json["proven"]
    assert "failed: bad_answer" in pipeline.assort(tenant, "why", str(made[0]["product_id"])).out

    pipeline.behave(faults=[])
    pipeline.assort(tenant, "retry", run)
    shown = pipeline.assort(tenant, "show", run, "--json").json
    assert (shown["revision"], shown["status"], shown["counts"]["placed"]) == (2, "completed", 50)
    assert pipeline.assort(tenant, "verify", run, "--json").json["proven"]


def test_a_run_that_is_cancelled_is_proven_as_well(pipeline: Pipeline) -> None:
    tenant = new_tenant()
    made = [one.product for one in generate_products(50)]
    pipeline.assort(tenant, "publish", "--products", "-", typed=json.dumps(made))
    pipeline.arrived(tenant, 50)
    pipeline.behave(latency_seconds=20)
    words = ("run", "segmentation", "--category", "Lamps that wait", "--no-watch")
    run = pipeline.assort(tenant, *words).out.splitlines()[0]
    pipeline.assort(tenant, "cancel", run)
    pipeline.assort(tenant, "watch", run, code=1)

    assert pipeline.assort(tenant, "verify", run, "--json").json["proven"]


def test_a_proof_finds_what_was_tampered_with(pipeline: Pipeline, segmented: tuple[str, str]) -> None:
    tenant, run = segmented
    changed = (
        "update segmenter.refined_product_segments set taxonomy_id = %s where tenant = %s and product_id = %s"
    )
    [(product, taxonomy)] = pipeline.sql(
        "select product_id, taxonomy_id from segmenter.refined_product_segments"
        " where tenant = %s and run_id = %s limit 1",
        tenant,
        run,
    )
    [(other,)] = pipeline.sql(
        "select id from segmenter.product_taxonomies where tenant = %s and run_id = %s and id <> %s limit 1",
        tenant,
        run,
        taxonomy,
    )
    pipeline.sql(changed, other, tenant, product)
    found = pipeline.assort(tenant, "verify", run, "--json", code=1).json
    pipeline.sql(changed, taxonomy, tenant, product)

    checks = {one["check"] for one in found["findings"]}
    assert "refinement_moved_only_what_it_was_asked_about" in checks
    assert "the_result_is_what_the_rows_say" in checks
    assert pipeline.assort(tenant, "verify", run, "--json").json["proven"]
