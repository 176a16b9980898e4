"""The end of a revision: what became of every deal, how good it is, what is offered from now on."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts import Event
from contracts.packages import FailedPackage, Outcome, PackageEnriched, PackageProposed, PackageWithdrawn
from contracts.quality import Quality
from contracts.runs import Cost, RunFinished
from enricher.domain import (
    SAYS_WHAT_IS_OFFERED,
    Lost,
    Measured,
    Offered,
    Offering,
    Proposed,
    RunManifests,
    account,
    counted,
    exclusions_of,
    measure,
    offering,
    status_of,
    summary,
)
from enricher.handler.ports import Costs, Figures, Manifests, Packages, Runs
from runtime import Closing, Failure, Member, RunKey, Transaction


@dataclass(frozen=True, slots=True)
class Ending:
    finished: RunFinished
    offering: Offering | None = None
    returned: tuple[PackageEnriched, ...] = ()


@dataclass(frozen=True, slots=True)
class FinishRun:
    packages: Packages
    manifests: Manifests
    runs: Runs
    costs: Costs
    figures: Figures

    async def decide(self, closing: Closing[PackageProposed]) -> Ending:
        packaging = await self.runs.packaging(closing.run)
        manifests = await self.manifests.read(packaging) if packaging else Lost("it was never packaged")
        if isinstance(manifests, Lost):
            return Ending(lost(closing.run, manifests))
        proposed = await self._proposed(closing)
        outcome = account(manifests, proposed)
        cost = await self.costs.of(closing.run)
        made_by = {UUID(member.member_id): member.made_by for member in closing.members}
        now = {one.package_id: made_by[one.package_id] for one in proposed if one.is_offered}
        finished = await self._finished(closing, manifests, outcome, cost)
        quality = await self._quality(closing.run, manifests, now, cost)
        finished = finished.model_copy(update={"quality": quality})
        if finished.status not in SAYS_WHAT_IS_OFFERED:
            return Ending(finished)
        before = await self.packages.offered_before(closing.run)
        found = offering(now, before, manifests.frozen, closing.run.revision)
        returned = await self.packages.enriched(closing.run, found.returned)
        again = tuple(one.model_copy(update={"revision": closing.run.revision}) for one in returned)
        return Ending(finished, found, again)

    async def record(
        self, tx: Transaction, closing: Closing[PackageProposed], ending: Ending
    ) -> Sequence[Event]:
        await self.runs.finish(tx, ending.finished, ending.offering)
        return [*ending.returned, *withdrawn(closing.run, ending.offering), ending.finished]

    async def _finished(
        self, closing: Closing[PackageProposed], manifests: RunManifests, outcome: Outcome, cost: Cost
    ) -> RunFinished:
        counts = counted(outcome, manifests)
        return RunFinished(
            tenant=closing.run.tenant,
            run_id=closing.run.run_id,
            revision=closing.run.revision,
            kind="packages",
            status=status_of(counts, cancelled=closing.cancelled),
            counts=counts,
            outcome=await self.manifests.keep(closing.run.tenant, outcome, len(manifests.items)),
            cost=cost,
            words=summary(outcome),
        )

    async def _quality(
        self, run: RunKey, manifests: RunManifests, now: dict[UUID, int], cost: Cost
    ) -> Quality | None:
        if not manifests.items:
            return None
        clusters = [entry.cluster_id for entry in manifests.clustering.clusters]
        packages = await self.packages.enriched(run, now)
        measured = Measured(
            facts=manifests.facts,
            items=len(manifests.items),
            clusters=await self.figures.clusters(run, clusters),
            packages=[Offered(one.package_id, one.package_name, one.deal_ids) for one in packages],
            vectors=await self.manifests.vectors(manifests),
            answering=await self.figures.answering(run, clusters),
            usd=None if cost.unpriced_calls else cost.usd,
        )
        return await asyncio.to_thread(measure, measured)

    async def _proposed(self, closing: Closing[PackageProposed]) -> Sequence[Proposed]:
        done = [member for member in closing.members if member.state == "done"]
        failed = [failed_of(member) for member in closing.members if member.state != "done"]
        return [*await self.packages.proposed(closing.run, done), *failed]


def withdrawn(run: RunKey, found: Offering | None) -> list[PackageWithdrawn]:
    return [
        PackageWithdrawn(
            tenant=run.tenant,
            run_id=run.run_id,
            revision=run.revision,
            package_id=one.package_id,
            code=one.code,
            words=one.words,
        )
        for one in (found.withdrawn if found else ())
    ]


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
