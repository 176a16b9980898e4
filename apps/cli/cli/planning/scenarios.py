"""Settings beside each other: one moved at a time, and the combinations that have a name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from contracts.settings import ClusterSettings

MOVED: Mapping[str, tuple[float, ...]] = {
    "max_deals_per_cluster": (10, 12, 15, 18, 25, 30),
    "min_cluster_size": (3, 5),
    "probability_threshold": (0.1, 0.2, 0.3),
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """Some settings; all others are as they were."""

    name: str
    moved: Mapping[str, float] = field(default_factory=dict)

    def of(self, base: ClusterSettings) -> ClusterSettings | None:
        """None: they contradict what they are added to."""
        settings = base.model_copy(update=dict(self.moved))
        return settings if settings.min_cluster_size <= settings.max_deals_per_cluster else None


NAMED = (
    Scenario("defaults"),
    Scenario("more packages", {"max_deals_per_cluster": 18}),
    Scenario("more packages", {"max_deals_per_cluster": 15}),
    Scenario("more packages of few deals", {"max_deals_per_cluster": 15, "min_cluster_size": 3}),
    Scenario("more packages of few deals", {"max_deals_per_cluster": 12, "min_cluster_size": 3}),
    Scenario(
        "finest",
        {"max_deals_per_cluster": 12, "min_cluster_size": 3, "probability_threshold": 0.2},
    ),
    Scenario(
        "finest",
        {"max_deals_per_cluster": 10, "min_cluster_size": 3, "probability_threshold": 0.2},
    ),
    Scenario("so many groups", {"n_components": 50}),
    Scenario("so many groups", {"n_components": 60}),
    Scenario("more overlap", {"probability_threshold": 0.2}),
    Scenario("more overlap", {"probability_threshold": 0.1}),
    Scenario("no overlap", {"use_soft_assignments": False}),
    Scenario("fewer packages", {"max_deals_per_cluster": 40}),
)


def sweep(base: ClusterSettings) -> Iterator[tuple[Scenario, ClusterSettings]]:
    """As asked, then each setting moved alone, then those with a name; none twice."""
    alone = [Scenario("", {name: value}) for name, values in MOVED.items() for value in values]
    named = [scenario for scenario in NAMED if scenario.moved]
    seen: list[ClusterSettings] = []
    for scenario in (Scenario("as asked"), *alone, *named):
        settings = scenario.of(base)
        if settings is not None and settings not in seen:
            seen.append(settings)
            yield scenario, settings
