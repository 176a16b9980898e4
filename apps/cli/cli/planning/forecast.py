"""What clusters come to: calls, tokens, cost and time. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

from cli.planning.shapes import Shape

PRIOR_PACKAGES = 3.8  # of a cluster: 174 packages of 46 clusters, as the requirement measured
PRIOR_SECONDS = 20.0  # of a call, likewise

Price = Callable[[str, int, int], float | None]  # model, tokens in, tokens out; None: nobody knows


@dataclass(frozen=True, slots=True)
class Line:
    """Tokens of a call about so many deals."""

    base: float
    each: float

    def at(self, deals: float) -> float:
        return max(0.0, self.base + self.each * deals)


@dataclass(frozen=True, slots=True)
class Habit:
    """How the calls of a stage go. `measured`: from so many calls; 0: assumed."""

    model: str
    prompt: Line
    completion: Line
    repairs: float = 0.0  # further calls for each question
    seconds: float = PRIOR_SECONDS
    measured: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """`runs`: packages per cluster are those of so many finished runs; 0: assumed."""

    packager: Habit
    enricher: Habit
    packages_per_cluster: float = PRIOR_PACKAGES
    runs: int = 0


@dataclass(frozen=True, slots=True)
class Pool:
    """Limits of the provider, over all workers."""

    concurrency: int
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """The calls of one stage."""

    habit: Habit
    questions: int
    deals: float  # of a question

    @property
    def calls(self) -> int:
        return round(self.questions * (1 + self.habit.repairs))

    @property
    def prompt_tokens(self) -> int:
        return round(self.calls * self.habit.prompt.at(self.deals))

    @property
    def completion_tokens(self) -> int:
        return round(self.calls * self.habit.completion.at(self.deals))

    @property
    def seconds(self) -> float:
        """One call after the other."""
        return self.calls * self.habit.seconds


@dataclass(frozen=True, slots=True)
class Forecast:
    shape: Shape
    packages: int
    packager: Asking
    enricher: Asking
    usd: float | None  # None: a model has no known price
    seconds: float

    @property
    def stages(self) -> tuple[Asking, Asking]:
        return self.packager, self.enricher

    @property
    def calls(self) -> int:
        return sum(stage.calls for stage in self.stages)

    @property
    def tokens(self) -> tuple[int, int]:
        return sum(one.prompt_tokens for one in self.stages), sum(
            one.completion_tokens for one in self.stages
        )

    @property
    def sequential_seconds(self) -> float:
        return sum(stage.seconds for stage in self.stages)


def forecast(shape: Shape, history: History, pool: Pool, price: Price) -> Forecast:
    """One question for each cluster, one for each package."""
    packages = round(shape.clusters * history.packages_per_cluster)
    members = sum(shape.sizes) / packages if packages else 0
    packager = Asking(history.packager, shape.clusters, shape.mean_size)
    enricher = Asking(history.enricher, packages, members)
    stages = (packager, enricher)
    return Forecast(shape, packages, packager, enricher, _usd(stages, price), _seconds(stages, pool))


def _usd(stages: Sequence[Asking], price: Price) -> float | None:
    costs = [
        price(stage.habit.model, stage.prompt_tokens, stage.completion_tokens)
        for stage in stages
        if stage.calls
    ]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None


def _seconds(stages: Sequence[Asking], pool: Pool) -> float:
    """Stages overlap and share the pool; the last package is described after its cluster's answer."""
    calls = sum(stage.calls for stage in stages)
    if not calls:
        return 0
    each = sum(stage.seconds for stage in stages) / calls
    chain = sum(stage.habit.seconds for stage in stages if stage.calls)
    slowest = max(chain, ceil(calls / pool.concurrency) * each)
    if pool.requests_per_minute:
        slowest = max(slowest, 60 * calls / pool.requests_per_minute)
    if pool.tokens_per_minute:
        tokens = sum(stage.prompt_tokens + stage.completion_tokens for stage in stages)
        slowest = max(slowest, 60 * tokens / pool.tokens_per_minute)
    return slowest
