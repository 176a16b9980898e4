"""What is plugged into what."""

from contracts.packages import PackageEnriched, PackageProposed, PackagingClosed
from contracts.runs import RunFinished
from enricher.handler import (
    Advisor,
    Costs,
    Deals,
    EnrichPackage,
    ExpectPackages,
    FinishRun,
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
) -> Stage:
    return (
        Stage("enricher", settings.runtime)
        .on(PackageProposed, EnrichPackage(deals, advisor, packages), emits=[PackageEnriched])
        .on(PackagingClosed, ExpectPackages(manifests, runs), emits=[RunFinished])
        .gathers(PackageProposed, FinishRun(packages, manifests, runs, costs), emits=[RunFinished])
    )
