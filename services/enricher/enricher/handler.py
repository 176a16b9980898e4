"""What the enricher does with each event, and what it needs for that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from contracts import Event, Reference
from contracts.deal import Deal
from contracts.packages import (
    Aggregates,
    FailedPackage,
    Outcome,
    PackageEnriched,
    PackageProposed,
    Packaging,
    PackagingClosed,
)
from contracts.runs import Cost, RunFinished
from enricher.domain import (
    Enrichment,
    Lost,
    Proposed,
    RunManifests,
    account,
    aggregate,
    counted,
    exclusions_of,
    members_of,
    status_of,
    summary,
)
from runtime import Closing, Failure, Member, RunKey, Transaction


class Deals(Protocol):
    """Bodies of deals in the object store."""

    async def read(self, bodies: Reference) -> Sequence[Deal]: ...


class Advisor(Protocol):
    """Asks what to tell buyers about a package."""

    async def advise(
        self, package: PackageProposed, deals: Sequence[Deal], aggregates: Aggregates
    ) -> Enrichment: ...


class Packages(Protocol):
    """What was proposed and what became of it. Saving it twice is the same as saving it once."""

    async def save(
        self, tx: Transaction, package: PackageProposed, enrichment: Enrichment | None
    ) -> None: ...

    async def proposed(
        self, run: RunKey, members: Sequence[Member[PackageProposed]]
    ) -> Sequence[Proposed]: ...


class Manifests(Protocol):
    """Manifests in the object store."""

    async def packaging(self, reference: Reference) -> Packaging | Lost: ...

    async def read(self, reference: Reference) -> RunManifests | Lost: ...

    async def keep(self, tenant: str, outcome: Outcome, items: int) -> Reference: ...


class Runs(Protocol):
    """What the enricher knows of a run besides its members."""

    async def begin(self, tx: Transaction, packaging: Reference) -> None: ...

    async def packaging(self, run: RunKey) -> Reference: ...

    async def finish(self, tx: Transaction, finished: RunFinished) -> None: ...


class Costs(Protocol):
    async def of(self, run: RunKey) -> Cost:
        """What all calls of the run cost so far, at every stage and in every revision."""
        ...


@dataclass(frozen=True, slots=True)
class EnrichPackage:
    deals: Deals
    advisor: Advisor
    packages: Packages

    async def decide(self, package: PackageProposed) -> Enrichment | None:
        """None: excluded deals are on record, and there is nothing to sell in them."""
        if package.kind == "excluded":
            return None
        members = members_of(await self.deals.read(package.deals), package.deal_ids)
        return await self.advisor.advise(package, members, aggregate(members))

    async def record(
        self, tx: Transaction, package: PackageProposed, enrichment: Enrichment | None
    ) -> Sequence[Event]:
        await self.packages.save(tx, package, enrichment)
        return [] if enrichment is None else [enriched(package, enrichment)]


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
            await self.runs.finish(tx, finished)
            return [finished]
        await self.runs.begin(tx, event.packaging)
        await tx.expect({str(entry.package_id): entry.revision for entry in decision.packages})
        return []


@dataclass(frozen=True, slots=True)
class FinishRun:
    packages: Packages
    manifests: Manifests
    runs: Runs
    costs: Costs

    async def decide(self, closing: Closing[PackageProposed]) -> RunFinished:
        manifests = await self.manifests.read(await self.runs.packaging(closing.run))
        if isinstance(manifests, Lost):
            return lost(closing.run, manifests)
        outcome = account(manifests, await self._proposed(closing))
        counts = counted(outcome, manifests)
        return RunFinished(
            tenant=closing.run.tenant,
            run_id=closing.run.run_id,
            revision=closing.run.revision,
            kind="packages",
            status=status_of(counts, cancelled=closing.cancelled),
            counts=counts,
            outcome=await self.manifests.keep(closing.run.tenant, outcome, len(manifests.items)),
            cost=await self.costs.of(closing.run),
            words=summary(outcome),
        )

    async def record(
        self, tx: Transaction, closing: Closing[PackageProposed], finished: RunFinished
    ) -> Sequence[Event]:
        await self.runs.finish(tx, finished)
        return [finished]

    async def _proposed(self, closing: Closing[PackageProposed]) -> Sequence[Proposed]:
        done = [member for member in closing.members if member.state == "done"]
        failed = [failed_of(member) for member in closing.members if member.state != "done"]
        return [*await self.packages.proposed(closing.run, done), *failed]


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
    )


def failed_of(member: Member[PackageProposed]) -> Proposed:
    """Exclusions stand, whatever happened to the record of them."""
    failure = member.failure or Failure(member.state, "")
    package_id = UUID(member.member_id)
    return Proposed(
        package_id,
        item_ids=member.event.deal_ids if member.event else (),
        exclusions=exclusions_of(member.event) if member.event else (),
        failure=FailedPackage(package_id=package_id, code=failure.code, words=failure.words),
    )


def lost(run: RunKey, reason: Lost) -> RunFinished:
    return RunFinished(
        tenant=run.tenant,
        run_id=run.run_id,
        revision=run.revision,
        kind="packages",
        status="failed",
        words=reason.words,
    )
