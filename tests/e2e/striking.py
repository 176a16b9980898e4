"""Workers killed and replaced, at the same moments each time."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random

from tests.e2e.pipeline import Pipeline


def strike(
    pipeline: Pipeline, killed: Sequence[str], *, kills: int, seed: int, most_seconds: float = 0.8
) -> list[datetime]:
    """Kill one of these, replace it, and again; returns when."""
    chance = Random(seed)  # noqa: S311 - nothing secret: the same kills again
    moments = []
    for _ in range(kills):
        time.sleep(chance.uniform(0.2, most_seconds))
        name = chance.choice(killed)
        moments.append(datetime.now(UTC))
        pipeline.workers.kill(name)
        pipeline.workers.start(name)
    return moments
