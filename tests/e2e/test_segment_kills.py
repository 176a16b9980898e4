"""A segmentation whose workers are killed again and again comes to the segments of one left alone."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from cli.demo_products import CATEGORY, generate_products
from local import Endpoints
from tests.e2e.pipeline import Pipeline, new_tenant, running_pipeline
from tests.e2e.striking import strike
from tests.e2e.waiting import eventually

COUNT = 150
KILLS = 10
MOST_OF_THEM = 7  # fall before the run is over
SEED = 5
KILLED = ("segmenter", "segmenter", "segmenter", "embedder")
SMALL = (
    *("--set", "products_per_prompt=8"),
    *("--set", "taxonomies_per_consolidation=5"),
    *("--set", "products_per_refinement=8"),
)
FINISHED = "select finished_at from read.runs_v1 where run_id = %s"
SEGMENTATION = "select segmentation ->> 'key' from read.segmentation_runs_v1 where run_id = %s"
PHASES = "select phase, count(*) from read.segmentation_steps_v1 where run_id = %s group by phase"
ANSWERED = """
select cache_key from read.llm_interactions_v1
where run_id = %s and call_id is not null and status = 'answered'
"""
QUICK = {
    "CONCURRENCY": "8",
    "LEASE_SECONDS": "2",
    "MAX_CRASHES": "100",  # here a worker dies every second, and takes innocent work with it
    "KAFKA_SESSION_SECONDS": "6",
}


def test_a_segmentation_killed_ten_times_ends_as_the_one_left_alone(
    servers: Endpoints, tmp_path: Path
) -> None:
    with running_pipeline(servers, tmp_path, **QUICK) as pipeline:
        pipeline.workers.start("segmenter")
        alone, struck = stocked(pipeline), stocked(pipeline)
        calm = segmented(pipeline, alone)
        questions = Counter(pipeline.questions())
        assert set(questions.values()) == {1}
        assert all(calls > 3 for _, calls in pipeline.sql(PHASES, calm))

        pipeline.behave(latency_seconds=1)
        killed = segmented(pipeline, struck, "--no-watch")
        moments = strike(pipeline, KILLED, kills=KILLS, seed=SEED, most_seconds=1.0)
        eventually(
            lambda: pipeline.sql(FINISHED, killed) not in ([], [(None,)]), f"{killed} is over", seconds=90
        )
        [(finished_at,)] = pipeline.sql(FINISHED, killed)
        assert sum(at < finished_at for at in moments) >= MOST_OF_THEM
        assert segmentation(pipeline, killed)["segments"] == segmentation(pipeline, calm)["segments"]
        assert pipeline.assort(struck, "verify", killed, "--json").json["proven"]

        paid = pipeline.questions()
        assert set(paid) == set(questions), "something else was asked because workers died"
        answered = [key for (key,) in pipeline.sql(ANSWERED, killed)]
        assert len(answered) == len(set(answered)), "a question that has its answer was asked again"
        again = segmented(pipeline, struck)
        assert pipeline.questions() == paid, "an answer that is stored was paid for again"
        assert segmentation(pipeline, again) == segmentation(pipeline, killed)


def stocked(pipeline: Pipeline) -> str:
    """A tenant that has products."""
    tenant = new_tenant()
    products = json.dumps([made.product for made in generate_products(COUNT)])
    pipeline.assort(tenant, "publish", "--products", "-", typed=products)
    pipeline.arrived(tenant, COUNT)
    return tenant


def segmented(pipeline: Pipeline, tenant: str, *words: str) -> str:
    """The id of the run."""
    done = pipeline.assort(tenant, "run", "segmentation", "--category", CATEGORY, *SMALL, *words)
    return done.out.splitlines()[0]


def segmentation(pipeline: Pipeline, run_id: str) -> Any:
    [(key,)] = pipeline.sql(SEGMENTATION, run_id)
    with pipeline.bucket() as client:
        found = client.get_object(Bucket=pipeline.servers.s3.bucket, Key=key)
        return json.loads(found["Body"].read())
