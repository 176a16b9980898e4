"""The enricher's ports in memory; `test_adapters.py` holds them to what the real ones do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from contracts import Reference
from contracts.deal import Deal
from contracts.packages import Advice, Aggregates, PackageEnriched, PackageProposed
from contracts.runs import Cost, RunFinished
from enricher.domain import Answering, Enrichment, Offering, Proposed, exclusions_of
from enricher.handler.enriching import enriched
from runtime import Member, RunKey, Transaction

ADVICE = Advice(
    description="Cars.", verticals=("Automotive",), use_cases=("Reach",), recommendations=("Buy.",)
)


@dataclass
class MemoryPackages:
    saved: dict[tuple[RunKey, str], Proposed] = field(default_factory=dict)
    buyers: dict[tuple[RunKey, str], PackageEnriched] = field(default_factory=dict)
    offered: dict[RunKey, Mapping[UUID, int]] = field(default_factory=dict)

    async def save(self, tx: Transaction, package: PackageProposed, enrichment: Enrichment | None) -> bool:
        key = (tx.run, package.entity)
        if key in self.saved:
            return False
        proposed = Proposed(package.package_id, package.deal_ids, exclusions_of(package))
        self.saved.setdefault(key, proposed)
        if enrichment is not None:
            self.buyers.setdefault(key, enriched(package, enrichment))
        return True

    async def proposed(self, run: RunKey, members: Sequence[Member[PackageProposed]]) -> Sequence[Proposed]:
        keys = [(RunKey(run.tenant, run.run_id, each.made_by), each.member_id) for each in members]
        found = [self.saved[key] for key in keys if key in self.saved]
        return sorted(found, key=lambda each: str(each.package_id))

    async def enriched(self, run: RunKey, made_by: Mapping[UUID, int]) -> Sequence[PackageEnriched]:
        keys = [(RunKey(run.tenant, run.run_id, made_by[one]), str(one)) for one in sorted(made_by)]
        return [self.buyers[key] for key in keys if key in self.buyers]

    async def offered_before(self, run: RunKey) -> Mapping[UUID, tuple[str, ...]] | None:
        for revision in range(run.revision - 1, 0, -1):
            earlier = self.offered.get(RunKey(run.tenant, run.run_id, revision))
            if earlier is not None:
                return {one.package_id: one.deal_ids for one in await self.enriched(run, earlier)}
        return None


@dataclass
class MemoryRuns:
    packages: MemoryPackages = field(default_factory=MemoryPackages)  # one database
    packagings: dict[RunKey, Reference] = field(default_factory=dict)
    finished: dict[RunKey, RunFinished] = field(default_factory=dict)

    async def begin(self, tx: Transaction, packaging: Reference) -> None:
        self.packagings.setdefault(tx.run, packaging)

    async def packaging(self, run: RunKey) -> Reference | None:
        return self.packagings.get(run)

    async def finish(self, tx: Transaction, finished: RunFinished, offering: Offering | None) -> None:
        self.finished.setdefault(tx.run, finished)
        if offering is not None:
            self.packages.offered.setdefault(tx.run, offering.now)


class NoCosts:
    async def of(self, run: RunKey) -> Cost:
        return Cost()


class NoFigures:
    async def clusters(self, run: RunKey, clusters: Sequence[UUID]) -> Sequence[Sequence[str]]:
        return []

    async def answering(self, run: RunKey, clusters: Sequence[UUID]) -> Answering | None:
        return None


class OneAdvisor:
    """Says the same about every package."""

    async def advise(
        self, package: PackageProposed, deals: Sequence[Deal], aggregates: Aggregates
    ) -> Enrichment:
        return Enrichment(aggregates, ADVICE, "advised-by-hand")
