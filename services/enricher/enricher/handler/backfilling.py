"""Excluded packages are described without a model, when somebody asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts import Event, Unavailable
from contracts.packages import Aggregates
from contracts.rates import Rates
from contracts.runs import RunCommanded
from enricher.domain import Excluded, Lost, Money, aggregate, members_of
from enricher.handler.ports import Backfills, Deals, Manifests, Runs
from runtime import RunKey, Transaction

LOOK_AGAIN_SECONDS = 2.0

Described = tuple[tuple[Excluded, Aggregates], ...]


@dataclass(frozen=True, slots=True)
class DescribeExcluded:
    deals: Deals
    manifests: Manifests
    runs: Runs
    backfills: Backfills
    rates: Rates

    async def decide(self, order: RunCommanded) -> Described:
        if order.command != "backfill":
            return ()
        packages = await self._excluded(RunKey(order.tenant, order.run_id, order.revision))
        return tuple([(package, await self._describe(package)) for package in packages])

    async def record(self, tx: Transaction, order: RunCommanded, described: Described) -> Sequence[Event]:
        await self.backfills.save(tx, described)
        return []

    async def _excluded(self, run: RunKey) -> Sequence[Excluded]:
        reference = await self.runs.packaging(run)
        if reference is None:
            raise Unavailable(
                f"revision {run.revision} of {run.run_id} is not packaged yet", LOOK_AGAIN_SECONDS
            )
        packaging = await self.manifests.packaging(reference)
        entries = () if isinstance(packaging, Lost) else packaging.packages
        made_by = {entry.package_id: entry.revision for entry in entries if entry.kind == "excluded"}
        return await self.backfills.excluded(run, made_by)

    async def _describe(self, package: Excluded) -> Aggregates:
        members = members_of(await self.deals.read(package.deals), package.item_ids)
        return aggregate(members, Money(package.currency, self.rates))
