"""One run in which every cluster meets another fault of the model; then its logs, retry and replay."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from cli.reading import STAGES
from local import Endpoints
from simulator.behaviour import FaultKind
from tests.e2e.pipeline import Pipeline, made_up_deals, new_tenant, running_pipeline
from tests.e2e.waiting import eventually
from tests.faults.cases import ALONE, CASES, ENRICHMENT, Attempts, Case
from tests.faults.offsets import committed, rewind

KEY = "sk-this-must-never-be-seen-4711"
DEALS = 300
# Small clusters, and few rules, so that most of them become one package.
SMALL = tuple(
    word
    for setting in (
        "max_deals_per_cluster=6",
        "min_cluster_size=4",
        "mix_media_types=true",
        "max_safety_spread=4",
        "max_quality_spread=2",
    )
    for word in ("--set", setting)
)
# Other answers than those that are stored, and little patience.
ASK_AGAIN = tuple(
    word
    for stage in ("packing", "enrichment")
    for word in (
        *("--set", f"{stage}.llm.temperature=0.9"),
        *("--set", f"{stage}.llm.timeout_seconds=2"),
    )
)
SOME_FAILED = 3  # exit code of `assort run`


@dataclass(frozen=True, slots=True)
class Met:
    """What the run shows about the work that met a fault."""

    state: str
    code: str | None
    attempts: Attempts


@dataclass(frozen=True, slots=True)
class HurtRun:
    tenant: str
    run_id: str
    met: Mapping[Case, Met]
    proof: Mapping[str, Any]


@pytest.fixture(scope="module")
def pipeline(servers: Endpoints, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    folder = tmp_path_factory.mktemp("faults")
    with running_pipeline(servers, folder, LLM_API_KEY=KEY, LOG_LEVEL="DEBUG") as pipeline:
        yield pipeline


@pytest.fixture(scope="module")
def hurt(pipeline: Pipeline) -> HurtRun:
    tenant = new_tenant()
    pipeline.published(tenant, made_up_deals(DEALS))
    sound = pipeline.run(tenant, *SMALL)
    places = dict(zip(CASES, _clusters_of_one_package(pipeline, tenant, sound), strict=False))
    assert len(places) == len(CASES), "too few clusters for all faults"
    pipeline.behave(faults=[_fault(case, item) for case, (_, item) in places.items()])
    run_id = pipeline.run(tenant, *SMALL, *ASK_AGAIN, code=SOME_FAILED)
    pipeline.behave(faults=[])
    met = {case: _met(pipeline, run_id, case, cluster) for case, (cluster, _) in places.items()}
    proof = pipeline.assort(tenant, "verify", run_id, "--json").json
    return HurtRun(tenant, run_id, met, proof)


def _clusters_of_one_package(pipeline: Pipeline, tenant: str, run_id: str) -> Sequence[tuple[str, str]]:
    """Clusters and one item of each."""
    query = (
        "select cluster_id::text, min(deal_ids[1]) from read.packages_v1 where (tenant, run_id) = (%s, %s)"
        " and kind = 'package' group by cluster_id"
        " having count(*) = 1 and min(cardinality(deal_ids)) > 3 order by 1"  # one may be forgotten
    )
    return [(cluster, item) for cluster, item in pipeline.sql(query, tenant, run_id)]


def _fault(case: Case, item: str) -> Mapping[str, Any]:
    often = {"first_n": 1} if case.once else {}
    return {
        "kind": case.kind,
        "containing": f'"{item}"',
        "prompt": case.prompt,
        "retry_after_seconds": 1,
        "seconds": 60,
        **often,
    }


def _met(pipeline: Pipeline, run_id: str, case: Case, cluster: str) -> Met:
    stage, entity = "packager", cluster
    if case.prompt == ENRICHMENT:
        package = (
            "select package_id::text from read.packages_v1 where run_id = %s and cluster_id = %s"
            " and kind = 'package'"
        )
        [(entity,)] = pipeline.sql(package, run_id, cluster)
        stage = "enricher"
    member = f"select state, code from read.{stage}_members_v1 where run_id = %s and member_id like %s"
    [(state, code)] = pipeline.sql(member, run_id, f"%{entity}%")
    calls = (
        "select status, error_code from read.llm_interactions_v1 where run_id = %s and entity like %s"
        " order by attempt, created_at"
    )
    return Met(state, code, tuple(pipeline.sql(calls, run_id, f"%{entity}%")))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_fault_of_the_model_ends_as_it_should(hurt: HurtRun, case: Case) -> None:
    met = hurt.met[case]
    assert met.attempts == case.attempts
    assert (met.state, met.code) == (("failed", case.failed) if case.failed else ("done", None))


def test_every_fault_has_a_case() -> None:
    assert {case.kind for case in CASES} | ALONE == set(FaultKind)


def test_a_run_that_met_every_fault_ends_and_is_proven(hurt: HurtRun, pipeline: Pipeline) -> None:
    assert hurt.proof["findings"] == []
    assert (hurt.proof["proven"], hurt.proof["status"]) == (True, "completed_with_failures")
    counts = pipeline.assort(hurt.tenant, "show", hurt.run_id, "--json").json["counts"]
    assert counts["placed"] + counts["failed"] + counts["excluded"] == DEALS
    assert counts["failed"] > 0


def test_what_a_model_forgot_is_excluded_and_what_it_made_up_is_nowhere(
    hurt: HurtRun, pipeline: Pipeline
) -> None:
    query = "select count(*) from read.excluded_deals_v1 where run_id = %s and code = 'not_proposed'"
    assert pipeline.sql(query, hurt.run_id) == [(1,)]
    invented = "select count(*) from read.package_deals_v1 where item_id like 'invented%%'"
    assert pipeline.sql(invented) == [(0,)]


def test_no_secret_is_logged_and_every_line_is_json(hurt: HurtRun, pipeline: Pipeline) -> None:
    account = pipeline.servers.s3
    secrets = [KEY, account.secret, *(_password(dsn) for dsn in _dsns(pipeline))]
    for log in sorted(pipeline.folder.glob("*-*.log")):
        text = log.read_text("utf-8")
        assert [secret for secret in secrets if secret in text] == []
        lines = [json.loads(line) for line in text.splitlines()]
        assert lines, log
        assert {line["stage"] for line in lines} == {log.name.partition("-")[0]}
        parked = [line for line in lines if line.get("action") == "work_parked"]
        assert {(line["tenant"], line["run"]) for line in parked} <= {(hurt.tenant, hurt.run_id)}
        assert all(len(line["trace"]) == len(UUID(line["event_id"]).hex) for line in parked)
        waited = [case for case in CASES if case.once and not case.failed and case.attempts[0][0] == "failed"]
        own = [case for case in waited if log.name.startswith("enricher") == (case.prompt == ENRICHMENT)]
        assert len(parked) >= len(own) or not log.name.startswith(("packager", "enricher"))


def _dsns(pipeline: Pipeline) -> Sequence[str]:
    return pipeline.environment["POSTGRES_DSN"], pipeline.environment["POSTGRES_READ_DSN"]


def _password(dsn: str) -> str:
    return dsn.partition("://")[2].partition("@")[0].partition(":")[2]


def test_a_retry_mends_what_failed(hurt: HurtRun, pipeline: Pipeline) -> None:
    before = pipeline.requests()
    pipeline.assort(hurt.tenant, "retry", hurt.run_id)
    proof = pipeline.assort(hurt.tenant, "verify", hurt.run_id, "--json").json
    assert (proof["revision"], proof["status"], proof["proven"]) == (2, "completed", True)
    failed = [case for case in CASES if case.failed]
    enriched_now = len([case for case in failed if case.prompt != ENRICHMENT])
    assert pipeline.requests() - before == len(failed) + enriched_now


def test_reading_all_topics_again_asks_nothing_and_tells_nothing(hurt: HurtRun, pipeline: Pipeline) -> None:
    """Offsets set back to the beginning, as after the restoring of a database."""
    kafka, prefix = pipeline.servers.kafka, pipeline.environment["KAFKA_PREFIX"]
    groups = [f"{prefix}{stage}" for stage in STAGES]
    before = _everything(pipeline)
    pipeline.workers.stop()
    read = {group: asyncio.run(committed(kafka, group)) for group in groups}
    for group in groups:
        asyncio.run(rewind(kafka, group))
    for stage in STAGES:
        pipeline.workers.start(stage)
    pipeline.workers.wait_ready()

    def read_again() -> bool:
        return all(asyncio.run(committed(kafka, group)) >= read[group] for group in groups)

    eventually(read_again, "everything is read again", seconds=60)
    assert all(count > 0 for count in read.values())
    assert _everything(pipeline) == before
    assert pipeline.assort(hurt.tenant, "verify", hurt.run_id, "--json").json["proven"] is True


def _everything(pipeline: Pipeline) -> Mapping[str, object]:
    """What would grow if anything were done or told twice."""
    tables = [f"{stage}.{table}" for stage in STAGES for table in ("outbox", "inbox", "dead_letter")]
    counts = {name: pipeline.sql(f"select count(*) from {name}") for name in tables}
    open_ones = {
        stage: pipeline.sql(f"select count(*) from {stage}.inbox where state in ('pending', 'leased')")
        for stage in STAGES
    }
    return {**counts, "open": open_ones, "calls": pipeline.requests()}
