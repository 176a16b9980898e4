"""A run whose workers and whose export are killed again and again ends as the run that was left alone."""

import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from cli.workers import Workers
from local import Endpoints
from tests.e2e.pipeline import Pipeline, made_up_deals, new_tenant, running_pipeline

KILLS = 20
MOST_OF_THEM = 15  # fall before the run is over
SEED = 4
SIZES = ("--set", "max_deals_per_cluster=10")
KILLED = ("clusterer", "packager", "enricher", "embedder", "export")
FINISHED = "select finished_at from read.runs_v1 where run_id = %s"
QUICK = {
    "LEASE_SECONDS": "2",
    "MAX_CRASHES": "100",  # here a worker dies every second, and takes innocent work with it
    "KAFKA_SESSION_SECONDS": "6",
}


def test_a_run_killed_twenty_times_ends_as_the_one_left_alone(servers: Endpoints, tmp_path: Path) -> None:
    with running_pipeline(servers, tmp_path, **QUICK) as pipeline:
        tenant = new_tenant()
        pipeline.published(tenant, made_up_deals(120))
        pipeline.behave(latency_seconds=4)
        killed = pipeline.run(tenant, "--no-watch", *SIZES)
        struck = strike(pipeline, tenant, killed)
        pipeline.assort(tenant, "watch", killed)
        [(finished_at,)] = pipeline.sql(FINISHED, killed)
        assert sum(at < finished_at for at in struck) >= MOST_OF_THEM
        pipeline.behave(latency_seconds=0)
        assert exported(pipeline, tenant, killed, "after kills")

        paid = pipeline.requests()
        calm = pipeline.run(tenant, *SIZES)
        assert pipeline.requests() == paid, "an answer that is stored was paid for again"
        assert exported(pipeline, tenant, calm, "calm") == exported(pipeline, tenant, killed, "after kills")


def exported(pipeline: Pipeline, tenant: str, run_id: str, folder: str) -> dict[str, list[Any]]:
    """What the export of a proven run holds, without the name of the run."""
    pipeline.assort(tenant, "export", run_id, "--output", folder)
    proof = pipeline.assort(tenant, "verify", run_id, "--exports", folder, "--json").json
    assert proof["proven"], proof
    assert proof["exports"]["agree"], proof
    return {
        name: sorted(
            ({**one, "run_id": ""} for one in json.loads(path.read_text())), key=lambda one: one["package_id"]
        )
        for name in ("packages", "packages_enriched")
        for path in (pipeline.folder / folder).glob(f"{name}_2*.json")
    }


def strike(pipeline: Pipeline, tenant: str, run_id: str) -> list[datetime]:
    """Kill something, replace it, and again; returns when."""
    chance = Random(SEED)  # noqa: S311 - nothing secret: the same kills again
    struck: list[datetime] = []
    exporting = export(pipeline, tenant, run_id)
    try:
        while len(struck) < KILLS:
            time.sleep(chance.uniform(0.1, 0.8))
            name = chance.choice(KILLED)
            struck.append(datetime.now(UTC))
            if name == "export":
                exporting.kill()
                exporting.wait()
                exporting = export(pipeline, tenant, run_id)
            else:
                replace(pipeline.workers, name)
    finally:
        exporting.kill()
        exporting.wait()
    return struck


def replace(workers: Workers, name: str) -> None:
    workers.kill(name)
    workers.start(name)


def export(pipeline: Pipeline, tenant: str, run_id: str) -> "subprocess.Popen[bytes]":
    words = ("export", run_id, "--follow", "--output", "after kills")
    command = [sys.executable, "-m", "cli", "--tenant", tenant, *words]
    quiet = subprocess.DEVNULL
    environment = dict(pipeline.environment)
    return subprocess.Popen(command, env=environment, cwd=pipeline.folder, stdout=quiet, stderr=quiet)
