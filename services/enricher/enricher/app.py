"""What is plugged into what."""

from contracts.packages import PackageEnriched, PackageProposed, PackageWithdrawn, PackagingClosed
from contracts.rates import Rates
from contracts.runs import RunCommanded, RunFinished
from enricher.handler.backfilling import DescribeExcluded
from enricher.handler.enriching import EnrichPackage, ExpectPackages
from enricher.handler.finishing import FinishRun
from enricher.handler.ports import (
    Advisor,
    Backfills,
    Costs,
    Deals,
    Figures,
    Manifests,
    Packages,
    Runs,
)
from enricher.settings import Settings
from runtime import Stage


def build(
    settings: Settings,
    *,
    deals: Deals,
    advisor: Advisor,
    packages: Packages,
    manifests: Manifests,
    runs: Runs,
    costs: Costs,
    figures: Figures,
    backfills: Backfills,
    rates: Rates,
) -> Stage:
    finish = FinishRun(packages, manifests, runs, costs, figures)
    return (
        Stage("enricher", settings.runtime)
        .on(PackageProposed, EnrichPackage(deals, advisor, packages, rates), emits=[PackageEnriched])
        .on(PackagingClosed, ExpectPackages(manifests, runs), emits=[RunFinished])
        .on(RunCommanded, DescribeExcluded(deals, manifests, runs, backfills, rates))
        .gathers(PackageProposed, finish, emits=[RunFinished, PackageEnriched, PackageWithdrawn])
    )
