"""A run of ranking data whose workers are killed again and again comes to the bytes of one left alone."""

import json
from pathlib import Path
from typing import Final

from local import Endpoints
from tests.e2e.pipeline import made_up_deals, new_tenant, running_pipeline
from tests.e2e.striking import strike
from tests.e2e.waiting import eventually

KILLS: Final = 5
MOST_OF_THEM: Final = 3  # fall before the run is over
SEED: Final = 8
KILLED: Final = ("ranker", "ranker", "embedder")
ASKED: Final = ("run", "ranking-data", "--clusters", "12", "--seed", "5")
FINISHED: Final = "select finished_at from read.runs_v1 where run_id = %s"
QUICK: Final = {
    "LEASE_SECONDS": "2",
    "MAX_CRASHES": "100",  # here a worker dies every second, and takes innocent work with it
    "KAFKA_SESSION_SECONDS": "6",
}


def test_ranking_data_survive_the_death_of_their_workers(servers: Endpoints, tmp_path: Path) -> None:
    calm, struck = tmp_path / "calm.json", tmp_path / "struck.json"
    with running_pipeline(servers, tmp_path, **QUICK) as pipeline:
        tenants = new_tenant(), new_tenant()
        for tenant in tenants:
            pipeline.published(tenant, made_up_deals(100))
            pipeline.run(tenant)
        pipeline.assort(tenants[0], *ASKED, "--output", str(calm))
        pipeline.behave(latency_seconds=1)
        killed = pipeline.assort(tenants[1], *ASKED, "--no-watch").out.splitlines()[0]
        moments = strike(pipeline, KILLED, kills=KILLS, seed=SEED)
        eventually(
            lambda: pipeline.sql(FINISHED, killed) not in ([], [(None,)]), f"{killed} is over", seconds=90
        )
        [(finished_at,)] = pipeline.sql(FINISHED, killed)
        assert sum(at < finished_at for at in moments) >= MOST_OF_THEM
        pipeline.assort(tenants[1], "export", killed, "--output", str(struck))
        assert len(json.loads(calm.read_bytes())) > 100
        assert struck.read_bytes() == calm.read_bytes()
        assert pipeline.assort(tenants[1], "verify", killed, "--json").json["proven"]
