"""What is going to go wrong, and when: the same seed, the same storm."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Literal

from cli.reading import STAGES

Server = Literal["kafka", "postgres", "s3"]

SERVERS: tuple[Server, ...] = ("kafka", "postgres", "s3")
ASKING = ("packager", "enricher")  # they call a language model
DELIVERING = ("embedder", "clusterer", *ASKING)  # they lease, record and publish

# Where a worker can die, and which stages ever come there.
FAILPOINTS: dict[str, tuple[str, ...]] = {
    "before_call": ASKING,
    "during_call": ASKING,
    "after_answer_before_file": ASKING,
    "after_file_before_transaction": DELIVERING,
    "after_transaction_before_relay": DELIVERING,
    "after_publish_before_mark": DELIVERING,
    "after_inbox_before_offset_commit": STAGES,
}
FREEZES = (
    ("enricher", "after_file_before_transaction"),  # the fence is the next thing that it comes to
    ("packager", "during_call"),
    ("packager", "before_call"),
    ("enricher", "after_inbox_before_offset_commit"),
)
# Who is frozen while a call leaves him sends it later: no look for an answer can come after that.
CALL_UNDER_WAY_SECONDS = 0.15


@dataclass(frozen=True, slots=True)
class Kill:
    """SIGKILL for the first worker of the stage that comes to the failpoint."""

    stage: str
    failpoint: str
    delay_seconds: float = 0


@dataclass(frozen=True, slots=True)
class Freeze:
    """SIGSTOP instead, for longer than a lease; then it goes on as if nothing had been."""

    stage: str
    failpoint: str
    seconds: float
    delay_seconds: float = 0


@dataclass(frozen=True, slots=True)
class Outage:
    """kill -9 of a server, which is back after a while."""

    server: Server
    seconds: float


Blow = Kill | Freeze | Outage


@dataclass(frozen=True, slots=True)
class Step:
    wait_seconds: float
    blow: Blow


@dataclass(frozen=True, slots=True)
class Shape:
    """How big a storm is."""

    runs: int
    deals: int  # of each run
    at_once: int  # runs
    kills: dict[str, int]  # how often at each failpoint
    freezes: int
    outages: tuple[Server, ...]
    duplicates: int
    pause_seconds: float  # between two blows, on average
    limit_seconds: float
    spare_runs: int  # where the work ends before the storm does


LONG = Shape(
    runs=8,
    deals=260,
    at_once=2,
    kills=dict.fromkeys(FAILPOINTS, 5),
    freezes=4,
    outages=SERVERS,
    duplicates=60,
    pause_seconds=4,
    limit_seconds=520,
    spare_runs=6,
)
SHORT = Shape(
    runs=2,
    deals=60,
    at_once=2,
    kills=dict.fromkeys(FAILPOINTS, 1),
    freezes=1,
    outages=("postgres",),
    duplicates=12,
    pause_seconds=1,
    limit_seconds=150,  # 40 s where nobody else works on the machine
    spare_runs=2,
)


@dataclass(frozen=True, slots=True)
class Plan:
    seed: int
    shape: Shape
    steps: tuple[Step, ...]
    duplicate_gaps: tuple[float, ...]  # seconds between two records that are sent again


def plan(seed: int, shape: Shape, *, lease_seconds: float) -> Plan:
    chance = Random(seed)  # noqa: S311 - nothing secret: the same storm again
    blows: list[Blow] = [*_kills(shape, chance), *_freezes(shape, lease_seconds)]
    blows += [Outage(server, chance.uniform(1, 4)) for server in shape.outages]
    chance.shuffle(blows)
    pause = shape.pause_seconds
    steps = tuple(Step(chance.uniform(0.3 * pause, 1.7 * pause), blow) for blow in blows)
    lasts = sum(step.wait_seconds for step in steps)
    gaps = [chance.uniform(0, 2) * lasts / (shape.duplicates or 1) for _ in range(shape.duplicates)]
    return Plan(seed, shape, steps, tuple(gaps))


def _kills(shape: Shape, chance: Random) -> Iterator[Kill]:
    """Every stage that comes to a failpoint dies there as often as the others, give or take one."""
    for failpoint, times in shape.kills.items():
        stages = FAILPOINTS[failpoint]
        first = chance.randrange(len(stages))
        for turn in range(times):
            delay = chance.uniform(0, 0.3) if failpoint == "during_call" else 0
            yield Kill(stages[(first + turn) % len(stages)], failpoint, round(delay, 2))


def _freezes(shape: Shape, lease_seconds: float) -> Iterator[Freeze]:
    for stage, failpoint in FREEZES[: shape.freezes]:
        delay = CALL_UNDER_WAY_SECONDS if failpoint == "during_call" else 0
        yield Freeze(stage, failpoint, 2.4 * lease_seconds, delay)
