"""The log of a run goes from a folder to a bucket and back, by the commands, and every proof holds."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.pipeline import Pipeline

Run = tuple[str, str]

PATHS = "select file_path, prompt_file from read.llm_interactions_v1 where (tenant, run_id) = (%s, %s)"


@pytest.fixture
def on_one_machine(pipeline: Pipeline, finished: Run, tmp_path: Path) -> Pipeline:
    """As if the services had kept their objects in a folder; the log is there and not in the bucket."""
    tenant, run_id = finished
    bucket = pipeline.servers.s3.bucket
    with pipeline.bucket() as client:
        pages = client.get_paginator("list_objects_v2")
        for prefix in (f"{tenant}/", f"answers/{tenant}/"):
            for page in pages.paginate(Bucket=bucket, Prefix=prefix):
                for entry in page.get("Contents", []):
                    path = tmp_path / entry["Key"]
                    path.parent.mkdir(parents=True, exist_ok=True)
                    with closing(client.get_object(Bucket=bucket, Key=entry["Key"])["Body"]) as stream:
                        path.write_bytes(stream.read())
                    if entry["Key"].startswith(f"{tenant}/llm_logs/{run_id}/"):
                        client.delete_object(Bucket=bucket, Key=entry["Key"])
    folder = {"STORAGE_BACKEND": "local", "STORAGE_ROOT": str(tmp_path)}
    return replace(pipeline, environment={**pipeline.environment, **folder})


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "llm_logs" in path.parts
    }


def test_the_log_of_a_run_is_moved_proven_and_brought_back(
    on_one_machine: Pipeline, finished: Run, tmp_path: Path
) -> None:
    (tenant, run_id), log = finished, files(tmp_path)
    paths = on_one_machine.sql(PATHS, *finished)

    def assort(*words: str) -> str:
        return on_one_machine.assort(tenant, *words).out

    def proven() -> bool:
        return "is proven" in assort("verify", run_id)

    assert "never moved" in assort("interactions", "status", "--run-id", run_id)
    assert proven()

    moved = assort("interactions", "migrate", "--run-id", run_id, "--verify-integrity")
    assert f"the index points to s3://{on_one_machine.servers.s3.bucket}" in moved
    assert proven()
    assert files(tmp_path) == log

    assort("interactions", "migrate", "--run-id", "last", "--remove-local")
    assert files(tmp_path) == {}
    assert proven()
    for row in on_one_machine.sql(PATHS, *finished):
        assert all(path.startswith(f"s3://{on_one_machine.servers.s3.bucket}/{tenant}/") for path in row)
    assert "moved" in assort("interactions", "status", "--run-id", run_id)

    assort("interactions", "rollback", "--run-id", run_id)
    assert files(tmp_path) == log
    assert sorted(on_one_machine.sql(PATHS, *finished)) == sorted(paths)
    assert proven()


def test_a_changed_file_stops_the_move_and_is_named(
    on_one_machine: Pipeline, finished: Run, tmp_path: Path
) -> None:
    tenant, run_id = finished
    [(path, _), *_] = on_one_machine.sql(PATHS, *finished)
    before = (tmp_path / path).read_bytes()
    (tmp_path / path).write_bytes(b"{}")

    refused = on_one_machine.assort(tenant, "interactions", "migrate", "--run-id", run_id, code=1)

    assert f"its bytes were changed: {path}" in refused.err
    (tmp_path / path).write_bytes(before)
    on_one_machine.assort(tenant, "interactions", "migrate", "--run-id", run_id)
    on_one_machine.assort(tenant, "interactions", "rollback", "--run-id", run_id)
