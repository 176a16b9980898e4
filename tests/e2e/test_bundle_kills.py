"""A run of bundles whose workers are killed again and again comes to the bundles of one left alone."""

from pathlib import Path
from typing import Any

from cli.demo_shop import demo_orders, demo_products
from local import Endpoints
from tests.e2e.pipeline import Pipeline, new_tenant, running_pipeline
from tests.e2e.striking import strike
from tests.e2e.test_orders_to_bundles import lines
from tests.e2e.waiting import eventually

PRODUCTS = demo_products(70)
ORDERS = list(demo_orders(PRODUCTS, 400))
KILLS = 6
MOST_OF_THEM = 3  # fall before the run is over
SEED = 8
KILLED = ("bundler", "bundler", "embedder")
# A number of objectives that is told makes a run repeatable; a wide limit leaves time to kill.
TOLD = (
    *("--set", "objectives=4"),
    *("--set", "describe=true"),
    *("--set", "limit_ms=60000"),
)
FINISHED = "select finished_at from read.runs_v1 where run_id = %s"
QUICK = {
    "LEASE_SECONDS": "2",
    "MAX_CRASHES": "100",  # here a worker dies every second, and takes innocent work with it
    "KAFKA_SESSION_SECONDS": "6",
    "BUNDLER_SHARD_LINES": "150",  # six tasks
}


def test_bundles_survive_the_death_of_their_workers(servers: Endpoints, tmp_path: Path) -> None:
    with running_pipeline(servers, tmp_path, **QUICK) as pipeline:
        pipeline.workers.start("bundler")
        alone, struck = stocked(pipeline), stocked(pipeline)
        calm = bundled(pipeline, alone)
        pipeline.behave(latency_seconds=1)
        killed = bundled(pipeline, struck, "--no-watch")
        moments = strike(pipeline, KILLED, kills=KILLS, seed=SEED)
        eventually(
            lambda: pipeline.sql(FINISHED, killed) not in ([], [(None,)]), f"{killed} is over", seconds=90
        )
        [(finished_at,)] = pipeline.sql(FINISHED, killed)
        assert sum(at < finished_at for at in moments) >= MOST_OF_THEM
        assert bundles(pipeline, struck, killed) == bundles(pipeline, alone, calm)
        assert pipeline.assort(struck, "verify", killed, "--json").json["proven"]


def stocked(pipeline: Pipeline) -> str:
    """A tenant that has products and orders."""
    tenant = new_tenant()
    pipeline.assort(tenant, "publish", "--products", "-", typed=lines(PRODUCTS))
    pipeline.assort(tenant, "publish", "--orders", "-", typed=lines(ORDERS))
    pipeline.arrived(tenant, len(PRODUCTS))
    pipeline.sold(tenant, len(ORDERS))
    return tenant


def bundled(pipeline: Pipeline, tenant: str, *words: str) -> str:
    """The id of the run."""
    return pipeline.assort(tenant, "run", "bundles", *TOLD, *words).out.splitlines()[0]


def bundles(pipeline: Pipeline, tenant: str, run: str) -> list[Any]:
    return [
        {name: value for name, value in one.items() if name not in {"name", "description"}}
        for one in pipeline.assort(tenant, "show", run, "--json").json["bundles"]
    ]
