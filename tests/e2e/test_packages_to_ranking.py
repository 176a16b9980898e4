"""Packages to ranking data as a user does it: ask, read the file, explain, compare, prove."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ranking.graph.sample import write_sample
from tests.e2e.pipeline import Pipeline, made_up_deals, new_tenant

DEALS = 120
ASKED = ("--clusters", "10", "--seed", "5")


@pytest.fixture(scope="module")
def packaged(shared_pipeline: Pipeline) -> tuple[str, str]:
    """Tenant and id of a run of packages, over."""
    tenant = new_tenant()
    shared_pipeline.published(tenant, made_up_deals(DEALS))
    return tenant, shared_pipeline.run(tenant)


@pytest.fixture(scope="module")
def ranked(shared_pipeline: Pipeline, packaged: tuple[str, str]) -> tuple[str, str, Path]:
    """Tenant and id of a run of ranking data, and its file."""
    output = shared_pipeline.folder / "ranked" / "data.json"
    return packaged[0], made(shared_pipeline, packaged[0], output), output


def made(pipeline: Pipeline, tenant: str, output: Path, *words: str, code: int = 0) -> str:
    """The id of a run that has written its file."""
    done = pipeline.assort(tenant, "run", "ranking-data", *ASKED, "--output", str(output), *words, code=code)
    return done.out.splitlines()[0]


def records(file: Path) -> Any:
    return json.loads(file.read_bytes())


def test_the_file_is_as_the_document_has_it(ranked: tuple[str, str, Path]) -> None:
    _, _, output = ranked
    told = records(output)

    assert len(told) >= 100
    assert {record["label"] for record in told} == {0, 1}
    for record in told:
        assert set(record) == {"query", "candidate_id", "label", "cluster_id", "metadata"}
        assert record["label"] == (record["metadata"]["grade"] >= 2)
    sidecar = json.loads(output.with_suffix(".metadata.json").read_bytes())
    assert sidecar["seed"] == 5
    assert sidecar["proof"]["positive_negatives"] == sidecar["proof"]["duplicate_negatives"] == 0
    assert sidecar["proof"]["pairs"] > 0


def test_it_is_shown_and_proven(pipeline: Pipeline, ranked: tuple[str, str, Path]) -> None:
    tenant, run, output = ranked
    shown = pipeline.assort(tenant, "show", run, "--json").json
    proof = pipeline.assort(tenant, "verify", run, "--json").json

    assert shown["counts"]["placed"] + shown["counts"]["excluded"] == DEALS
    assert proof["proven"]
    assert proof["looked_at"]["records"] == len(records(output))
    assert "queries" in pipeline.assort(tenant, "show", run).out
    candidate = records(output)[0]["candidate_id"]
    assert "positive" in pipeline.assort(tenant, "why", candidate, "--run", run).out
    assert "ranking" in pipeline.assort(tenant, "runs").out


def test_the_same_again_is_the_same_file_and_costs_nothing(
    pipeline: Pipeline, ranked: tuple[str, str, Path], tmp_path: Path
) -> None:
    tenant, run, output = ranked
    before = pipeline.requests()
    again = made(pipeline, tenant, tmp_path / "again.json")

    assert (tmp_path / "again.json").read_bytes() == output.read_bytes()
    assert pipeline.requests() == before
    assert pipeline.assort(tenant, "diff", run, again).out


def test_a_retry_comes_to_the_same(pipeline: Pipeline, packaged: tuple[str, str], tmp_path: Path) -> None:
    tenant, _ = packaged
    run = made(pipeline, tenant, tmp_path / "first.json", "--set", "seed=21", "--seed", "21")
    before = pipeline.requests()
    pipeline.assort(tenant, "retry", run, code=None)
    pipeline.assort(tenant, "watch", run, code=None)
    output = tmp_path / "retried.json"
    pipeline.assort(tenant, "export", run, "--output", str(output))

    assert output.read_bytes() == (tmp_path / "first.json").read_bytes()
    assert pipeline.requests() == before


def test_a_dry_run_asks_nobody(pipeline: Pipeline, packaged: tuple[str, str], tmp_path: Path) -> None:
    before = pipeline.requests()
    made(pipeline, packaged[0], tmp_path / "dry.json", "--dry-run")

    assert pipeline.requests() == before
    assert {record["metadata"]["made_by"] for record in records(tmp_path / "dry.json")} == {"stub"}


def test_records_are_appended_to(pipeline: Pipeline, ranked: tuple[str, str, Path], tmp_path: Path) -> None:
    tenant, _, output = ranked
    both = tmp_path / "both.json"
    made(pipeline, tenant, both, "--existing", str(output))

    before, after = records(output), records(both)
    assert after[: len(before)] == before
    assert len(after) > len(before)


def test_a_graph_of_deals_is_a_source_too(pipeline: Pipeline, tmp_path: Path) -> None:
    tenant = new_tenant()
    write_sample(tmp_path / "raw", 20)
    run = made(pipeline, tenant, tmp_path / "graph.json", "--graph", str(tmp_path / "raw"))

    assert len(records(tmp_path / "graph.json")) > 50
    assert pipeline.assort(tenant, "verify", run, "--json").json["proven"]


def test_a_file_that_is_there_is_left_alone_if_asked_to(
    pipeline: Pipeline, packaged: tuple[str, str], tmp_path: Path
) -> None:
    output = tmp_path / "there.json"
    output.write_text("mine")
    done = pipeline.assort(
        packaged[0], "run", "ranking-data", "--output", str(output), "--no-overwrite", code=1
    )

    assert "--no-overwrite" in done.err
    assert output.read_text() == "mine"


def test_without_packages_the_run_is_refused_in_words(pipeline: Pipeline, tmp_path: Path) -> None:
    done = pipeline.assort(
        new_tenant(), "run", "ranking-data", "--output", str(tmp_path / "none.json"), code=1
    )

    assert "packages" in done.err + done.out
    assert not (tmp_path / "none.json").exists()


def test_a_record_that_was_tampered_with_is_found(pipeline: Pipeline, ranked: tuple[str, str, Path]) -> None:
    tenant, run, _ = ranked
    where = "where tenant = %s and run_id = %s and number = 3"
    with psycopg.connect(pipeline.dsn) as connection:
        connection.execute(f"update ranker.record set label = 1 - label {where}", (tenant, run))
    try:
        findings = pipeline.assort(tenant, "verify", run, "--json", code=1).json["findings"]
    finally:
        with psycopg.connect(pipeline.dsn) as connection:
            connection.execute(f"update ranker.record set label = 1 - label {where}", (tenant, run))
    assert [one["check"] for one in findings] == ["the_records_of_the_table_are_those_of_the_dataset"]
