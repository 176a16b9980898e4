"""A plan: the deals as they now are, clustered here, and what that comes to. Nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass

from cli.connections import open_views
from cli.errors import CliError
from cli.planning import pricing, reading
from cli.planning.forecast import Forecast, History, Pool, Price, forecast
from cli.planning.reading import Offered
from cli.planning.scenarios import Scenario, sweep
from cli.planning.shapes import shape_of
from contracts.settings import ClusterSettings, PackageSettings


@dataclass(frozen=True, slots=True)
class Plan:
    settings: PackageSettings
    offered: Offered
    history: History
    pool: Pool
    price: Price
    prices_of: str
    forecast: Forecast

    def with_clusters(self, settings: ClusterSettings) -> Forecast:
        return forecast(shape_of(self.offered.vectors, settings), self.history, self.pool, self.price)


@dataclass(frozen=True, slots=True)
class Compared:
    """What other settings come to."""

    scenario: Scenario
    forecast: Forecast

    @property
    def words(self) -> str:
        moved = ", ".join(f"{name}={str(value).lower()}" for name, value in self.scenario.moved.items())
        return (
            f"{self.scenario.name}: {moved}" if self.scenario.name and moved else moved or self.scenario.name
        )


async def plan(tenant: str, wanted: Sequence[str] | None, settings: PackageSettings) -> Plan:
    usual, pool = pricing.limits()
    prices_of, price = pricing.price_list()
    asked = settings.packing.llm.model, settings.enrichment.llm.model
    async with open_views() as views:
        offered = await reading.offered(views, tenant, wanted, settings.embedding_model)
        history = await reading.history(views, tenant, *asked, usual)
    if not len(offered.vectors):
        raise CliError(_nothing(offered, settings))
    made = forecast(shape_of(offered.vectors, settings.clusters), history, pool, price)
    return Plan(settings, offered, history, pool, price, prices_of, made)


def compare(made: Plan) -> list[Compared]:
    """The first is the plan itself."""
    first, *others = sweep(made.settings.clusters)
    rest = [Compared(scenario, made.with_clusters(settings)) for scenario, settings in others]
    return [Compared(first[0], made.forecast), *rest]


def _nothing(offered: Offered, settings: PackageSettings) -> str:
    if offered.without_vector:
        model = f" of {settings.embedding_model}" if settings.embedding_model else ""
        return f"{offered.without_vector} deals, none of them has a vector{model} yet: look again soon"
    return "none of these deals is offered: `assort publish FILE` publishes some"
