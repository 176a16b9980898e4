"""What is plugged into what."""

from contracts.clusters import ClusterFormed, DealsClustered
from contracts.packages import PackageProposed, PackagingClosed
from contracts.runs import RunCommanded
from packager.domain import Rates
from packager.handler import (
    ClosePackaging,
    Deals,
    ExpectClusters,
    Manifests,
    PackageCluster,
    Packages,
    Planner,
    Runs,
)
from packager.settings import Settings
from runtime import Budgets, SetBudget, Stage


def build(
    settings: Settings,
    *,
    deals: Deals,
    planner: Planner,
    packages: Packages,
    manifests: Manifests,
    runs: Runs,
    budgets: Budgets,
    rates: Rates,
) -> Stage:
    return (
        Stage("packager", settings.runtime)
        .on(ClusterFormed, PackageCluster(deals, planner, packages, rates), emits=[PackageProposed])
        .on(DealsClustered, ExpectClusters(manifests, runs))
        .gathers(
            ClusterFormed, ClosePackaging(packages, manifests, runs), emits=[PackageProposed, PackagingClosed]
        )
        .on(RunCommanded, SetBudget(budgets))
    )
