"""The enricher's ports in memory; `test_adapters.py` holds them to what the real ones do."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from contracts import Reference
from contracts.deal import Deal
from contracts.packages import Advice, Aggregates, PackageProposed
from contracts.runs import Cost, RunFinished
from enricher.domain import Enrichment, Proposed, exclusions_of
from runtime import Member, RunKey, Transaction

ADVICE = Advice(
    description="Cars.", verticals=("Automotive",), use_cases=("Reach",), recommendations=("Buy.",)
)


@dataclass
class MemoryPackages:
    saved: dict[tuple[RunKey, str], Proposed] = field(default_factory=dict)
    enriched: dict[tuple[RunKey, str], Enrichment] = field(default_factory=dict)

    async def save(self, tx: Transaction, package: PackageProposed, enrichment: Enrichment | None) -> None:
        key = (tx.run, package.entity)
        proposed = Proposed(package.package_id, package.deal_ids, exclusions_of(package))
        self.saved.setdefault(key, proposed)
        if enrichment is not None:
            self.enriched.setdefault(key, enrichment)

    async def proposed(self, run: RunKey, members: Sequence[Member[PackageProposed]]) -> Sequence[Proposed]:
        keys = [(RunKey(run.tenant, run.run_id, each.made_by), each.member_id) for each in members]
        found = [self.saved[key] for key in keys if key in self.saved]
        return sorted(found, key=lambda each: str(each.package_id))


@dataclass
class MemoryRuns:
    packagings: dict[RunKey, Reference] = field(default_factory=dict)
    finished: dict[RunKey, RunFinished] = field(default_factory=dict)

    async def begin(self, tx: Transaction, packaging: Reference) -> None:
        self.packagings.setdefault(tx.run, packaging)

    async def packaging(self, run: RunKey) -> Reference:
        return self.packagings[run]

    async def finish(self, tx: Transaction, finished: RunFinished) -> None:
        self.finished.setdefault(tx.run, finished)


class NoCosts:
    async def of(self, run: RunKey) -> Cost:
        return Cost()


class OneAdvisor:
    """Says the same about every package."""

    async def advise(
        self, package: PackageProposed, deals: Sequence[Deal], aggregates: Aggregates
    ) -> Enrichment:
        return Enrichment(aggregates, ADVICE, "advised-by-hand")
