"""The packager's ports in memory; `test_adapters.py` holds them to what the real ones do."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from contracts import Reference
from contracts.clusters import ClusterFormed
from contracts.deal import Deal
from contracts.packages import PackageEntry, PackagingClosed
from packager.domain import Packing, Plan, Proposal
from packager.handler import proposed
from runtime import Member, RunKey, Transaction
from tests.samples import ids


@dataclass
class MemoryPackages:
    entries: dict[tuple[str, str, str, int, str], PackageEntry] = field(default_factory=dict)

    async def save(self, tx: Transaction, cluster: ClusterFormed, packing: Packing) -> None:
        for event in proposed(cluster, packing):
            entry = PackageEntry(
                package_id=event.package_id,
                cluster_id=event.cluster_id,
                kind=event.kind,
                revision=tx.run.revision,
            )
            key = (tx.run.tenant, tx.run.run_id, cluster.entity, tx.run.revision, event.entity)
            self.entries.setdefault(key, entry)

    async def made(self, run: RunKey, members: Sequence[Member[ClusterFormed]]) -> Sequence[PackageEntry]:
        wanted = {(run.tenant, run.run_id, member.member_id, member.made_by) for member in members}
        found = [entry for key, entry in self.entries.items() if key[:4] in wanted]
        return sorted(found, key=lambda entry: (str(entry.package_id), str(entry.cluster_id)))


@dataclass
class MemoryRuns:
    clusterings: dict[RunKey, Reference] = field(default_factory=dict)
    closed: dict[RunKey, PackagingClosed] = field(default_factory=dict)

    async def begin(self, tx: Transaction, clustering: Reference) -> None:
        self.clusterings.setdefault(tx.run, clustering)

    async def clustering(self, run: RunKey) -> Reference:
        return self.clusterings[run]

    async def close(self, tx: Transaction, closed: PackagingClosed) -> None:
        self.closed.setdefault(tx.run, closed)


@dataclass
class MemoryBudgets:
    limits: dict[tuple[str, str], Decimal] = field(default_factory=dict)

    async def set_limit(self, tenant: str, run_id: str, usd: Decimal) -> None:
        self.limits[tenant, run_id] = usd


class OnePackagePlanner:
    """Puts all deals of a cluster into one package."""

    async def propose(self, cluster: ClusterFormed, deals: Sequence[Deal]) -> Plan:
        return Plan((Proposal("All of them", ids(deals), "They are alike."),), (), "planned-by-hand")
