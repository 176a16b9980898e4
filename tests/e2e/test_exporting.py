"""What leaves a finished run: files, deals as objects of the Deals API, and excluded deals described."""

import json

from tests.e2e.pipeline import Pipeline

Run = tuple[str, str]


def lines(pipeline: Pipeline, folder: str, pattern: str) -> list[dict[str, object]]:
    [path] = (pipeline.folder / folder).glob(pattern)
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_each_deal_of_each_package_leaves_as_an_object_of_the_deals_api(
    pipeline: Pipeline, finished: Run
) -> None:
    tenant, run_id = finished
    pipeline.assort(tenant, "export", run_id, "--output", "files", "--deals-api", "files")

    packages = [one for one in lines(pipeline, "files", "packages_2*.jsonl") if one["kind"] == "package"]
    members = sum(len(one["deal_ids"]) for one in packages if isinstance(one["deal_ids"], list))
    objects = lines(pipeline, "files", "deals_api_*.jsonl")
    assert len(objects) == members > 0


def test_excluded_deals_are_described_and_exported_without_a_call(pipeline: Pipeline, finished: Run) -> None:
    tenant, run_id = finished
    calls = pipeline.requests()
    pipeline.assort(tenant, "backfill", run_id, "--output", "excluded")

    described = lines(pipeline, "excluded", "packages_excluded_*.jsonl")
    counts = pipeline.assort(tenant, "show", run_id, "--json").json["counts"]
    assert len(described) == counts["excluded_packages"] > 0
    assert all(one["taxonomy"] and one["excluded"] for one in described)
    assert pipeline.requests() == calls
    pipeline.assort(tenant, "export", run_id, "--output", "excluded")
    proof = pipeline.assort(tenant, "verify", run_id, "--exports", "excluded", "--json").json
    assert proof["exports"]["agree"], proof
