"""The proof finds what somebody has changed afterwards, and says where. Each test repairs what it broke."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from tests.e2e.pipeline import Pipeline

Run = tuple[str, str]


@contextmanager
def without_object(pipeline: Pipeline, key: str) -> Iterator[None]:
    body = read_object(pipeline, key)
    with pipeline.bucket() as client:
        client.delete_object(Bucket=pipeline.servers.s3.bucket, Key=key)
    try:
        yield
    finally:
        write_object(pipeline, key, body)


@contextmanager
def with_object(pipeline: Pipeline, key: str, body: bytes) -> Iterator[None]:
    before = read_object(pipeline, key)
    write_object(pipeline, key, body)
    try:
        yield
    finally:
        write_object(pipeline, key, before)


def read_object(pipeline: Pipeline, key: str) -> bytes:
    with pipeline.bucket() as client:
        answer = client.get_object(Bucket=pipeline.servers.s3.bucket, Key=key)
        with closing(answer["Body"]) as stream:
            body: bytes = stream.read()
    return body


def write_object(pipeline: Pipeline, key: str, body: bytes) -> None:
    with pipeline.bucket() as client:
        client.put_object(Bucket=pipeline.servers.s3.bucket, Key=key, Body=body)


@contextmanager
def without_rows(pipeline: Pipeline, table: str, where: str, *values: object) -> Iterator[None]:
    saved = f"{table}_saved"
    pipeline.sql(f"create table {saved} as select * from {table} where {where}", *values)
    [(removed,)] = pipeline.sql(f"select count(*) from {saved}")
    assert removed > 0, f"nothing to remove from {table}"
    pipeline.sql(f"delete from {table} where {where}", *values)
    try:
        yield
    finally:
        pipeline.sql(f"insert into {table} select * from {saved}")
        pipeline.sql(f"drop table {saved}")


def findings(pipeline: Pipeline, run: Run) -> dict[str, str]:
    """What the proof finds, by check; one line for each."""
    proof: Any = pipeline.assort(run[0], "verify", run[1], "--json", code=1).json
    assert proof["proven"] is False
    found: dict[str, str] = {}
    for finding in proof["findings"]:
        found[finding["check"]] = found.get(finding["check"], "") + finding["words"] + "\n"
    return found


def keys(pipeline: Pipeline, run: Run) -> dict[str, str]:
    rows = pipeline.sql(
        "select f.snapshot_key, c.clustering_key, p.packaging_key, o.outcome_key from read.frozen_v1 f"
        " join read.clusterings_v1 c using (tenant, run_id, revision)"
        " join read.packagings_v1 p using (tenant, run_id, revision)"
        " join read.outcomes_v1 o using (tenant, run_id, revision)"
        " where (f.tenant, f.run_id) = (%s, %s)",
        *run,
    )
    return dict(zip(("snapshot", "clustering", "packaging", "outcome"), rows[0], strict=True))


@pytest.mark.parametrize("what", ["snapshot", "clustering", "packaging", "outcome"])
def test_a_deleted_manifest_is_found(pipeline: Pipeline, finished: Run, what: str) -> None:
    key = keys(pipeline, finished)[what]
    with without_object(pipeline, key):
        assert key in findings(pipeline, finished)["every_object_is_there_and_intact"]


def test_a_changed_snapshot_is_found(pipeline: Pipeline, finished: Run) -> None:
    key = keys(pipeline, finished)["snapshot"]
    with with_object(pipeline, key, b'{"items": 0, "shards": [], "model": "x"}'):
        assert "sha256" in findings(pipeline, finished)["every_object_is_there_and_intact"]


def test_a_deleted_answer_is_found(pipeline: Pipeline, finished: Run) -> None:
    query = (
        "select 'answers/' || tenant || '/' || cache_key || '/' || sample || '.json'"
        " from read.llm_interactions_v1"
        " where (tenant, run_id) = (%s, %s) and status = 'answered' limit 1"
    )
    [(key,)] = pipeline.sql(query, *finished)
    with without_object(pipeline, key):
        assert key in findings(pipeline, finished)["every_answer_used_exists"]


def test_a_deleted_and_a_changed_interaction_file_are_found(pipeline: Pipeline, finished: Run) -> None:
    query = (
        "select file_path from read.llm_interactions_v1 where (tenant, run_id) = (%s, %s) order by 1 limit 1"
    )
    [(key,)] = pipeline.sql(query, *finished)
    with without_object(pipeline, key):
        found = findings(pipeline, finished)["every_call_has_its_file_and_every_file_its_row"]
        assert found == f"{key} is in the index and not in the store\n"
    with with_object(pipeline, key, b"{}"):
        found = findings(pipeline, finished)["every_call_has_its_file_and_every_file_its_row"]
        assert "its bytes were changed" in found


def test_a_removed_package_is_found(pipeline: Pipeline, finished: Run) -> None:
    packages = "(tenant, run_id) = (%s, %s) and kind = 'package'"
    first = f"select min(package_id::text) from packager.package where {packages}"
    chosen = f"{packages} and package_id::text = ({first})"
    with without_rows(pipeline, "packager.package", chosen, *finished, *finished):
        found = findings(pipeline, finished)
        assert "is in the manifest and in no table" in found["every_package_was_enriched_skipped_or_failed"]
        assert "are in no package and not excluded" in found["each_cluster_is_its_packages_and_its_excluded"]


def test_a_removed_exclusion_is_found(pipeline: Pipeline, finished: Run) -> None:
    with without_rows(pipeline, "packager.excluded_deal", "(tenant, run_id) = (%s, %s)", *finished):
        assert "each_cluster_is_its_packages_and_its_excluded" in findings(pipeline, finished)


def test_a_removed_enrichment_is_found(pipeline: Pipeline, finished: Run) -> None:
    with without_rows(pipeline, "enricher.enriched", "(tenant, run_id) = (%s, %s)", *finished):
        found = findings(pipeline, finished)
        assert "was neither enriched nor" in found["every_package_was_enriched_skipped_or_failed"]


def test_a_removed_cluster_is_found(pipeline: Pipeline, finished: Run) -> None:
    with without_rows(pipeline, "clusterer.cluster", "(tenant, run_id) = (%s, %s)", *finished):
        assert (
            "is in the manifest and in no table" in findings(pipeline, finished)["every_cluster_has_its_rows"]
        )


def test_a_deal_moved_into_another_package_is_found(pipeline: Pipeline, finished: Run) -> None:
    change = (
        "update packager.package set deal_ids = %s::text[] || deal_ids[2:] where kind = 'package'"
        " and (tenant, run_id) = (%s, %s) returning package_id"
    )
    saved = "create table package_before as select * from packager.package where (tenant, run_id) = (%s, %s)"
    pipeline.sql(saved, *finished)
    try:
        assert pipeline.sql(change, ["elsewhere.com/1"], *finished)
        found = findings(pipeline, finished)
        assert "elsewhere.com/1" in found["every_package_lies_within_its_cluster"]
        assert "deal_ids differ" in found["every_package_was_enriched_skipped_or_failed"]
    finally:
        pipeline.sql(
            "update packager.package p set deal_ids = b.deal_ids from package_before b"
            " where (p.tenant, p.run_id, p.package_id) = (b.tenant, b.run_id, b.package_id)"
        )
        pipeline.sql("drop table package_before")


def test_counts_that_were_changed_are_found(pipeline: Pipeline, finished: Run) -> None:
    change = (
        "update enricher.outcome"
        " set counts = jsonb_set(counts, '{placed}', to_jsonb((counts->>'placed')::int + %s))"
        " where (tenant, run_id) = (%s, %s)"
    )
    pipeline.sql(change, 1, *finished)
    try:
        assert (
            "the enricher's table counts"
            in findings(pipeline, finished)["the_counts_are_those_of_the_tables"]
        )
    finally:
        pipeline.sql(change, -1, *finished)


def test_a_cost_that_was_changed_is_found(pipeline: Pipeline, finished: Run) -> None:
    change = (
        "update enricher.outcome"
        " set cost = jsonb_set(cost, '{usd}', to_jsonb((cost->>'usd')::float8 + %s))"
        " where (tenant, run_id) = (%s, %s)"
    )
    pipeline.sql(change, 1, *finished)
    try:
        assert "the run says 1." in findings(pipeline, finished)["the_cost_is_the_sum_of_the_calls"]
    finally:
        pipeline.sql(change, -1, *finished)


def test_after_all_repairs_the_run_is_proven_again(pipeline: Pipeline, finished: Run) -> None:
    assert pipeline.assort(finished[0], "verify", finished[1], "--json").json["proven"] is True
