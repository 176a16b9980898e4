"""What the enricher does with one package, and with the manifest of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts import Event
from contracts.packages import PackageEnriched, PackageProposed, Packaging, PackagingClosed
from contracts.rates import Rates
from enricher.domain import Enrichment, Lost, Money, aggregate, members_of
from enricher.handler.finishing import lost
from enricher.handler.ports import Advisor, Deals, Manifests, Packages, Runs
from runtime import Failure, Transaction


@dataclass(frozen=True, slots=True)
class EnrichPackage:
    deals: Deals
    advisor: Advisor
    packages: Packages
    rates: Rates

    async def decide(self, package: PackageProposed) -> Enrichment | None:
        """None: excluded deals are on record, and there is nothing to sell in them."""
        if package.kind == "excluded":
            return None
        money = Money(package.settings.currency, self.rates)
        members = members_of(await self.deals.read(package.deals), package.deal_ids)
        return await self.advisor.advise(package, members, aggregate(members, money))

    async def record(
        self, tx: Transaction, package: PackageProposed, enrichment: Enrichment | None
    ) -> Sequence[Event]:
        first = await self.packages.save(tx, package, enrichment)
        return [enriched(package, enrichment)] if first and enrichment is not None else []


@dataclass(frozen=True, slots=True)
class ExpectPackages:
    manifests: Manifests
    runs: Runs

    async def decide(self, event: PackagingClosed) -> Packaging | Lost:
        return await self.manifests.packaging(event.packaging)

    async def give_up(self, event: PackagingClosed, failure: Failure) -> Packaging | Lost:
        return await self.decide(event)

    async def record(
        self, tx: Transaction, event: PackagingClosed, decision: Packaging | Lost
    ) -> Sequence[Event]:
        if isinstance(decision, Lost):
            finished = lost(tx.run, decision)
            await self.runs.finish(tx, finished, None)
            return [finished]
        await self.runs.begin(tx, event.packaging)
        await tx.expect({str(entry.package_id): entry.revision for entry in decision.packages})
        return []


def enriched(package: PackageProposed, enrichment: Enrichment) -> PackageEnriched:
    return PackageEnriched(
        tenant=package.tenant,
        run_id=package.run_id,
        revision=package.revision,
        package_id=package.package_id,
        cluster_id=package.cluster_id,
        package_name=package.package_name,
        deal_ids=package.deal_ids,
        reasoning=package.reasoning,
        aggregates=enrichment.aggregates,
        advice=enrichment.advice,
        model=enrichment.model,
        prompt_version=enrichment.prompt_version,
    )
