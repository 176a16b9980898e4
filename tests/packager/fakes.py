"""The packager's ports in memory; `test_adapters.py` holds them to what the real ones do."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from contracts.clusters import ClusterFormed, Clustering, DealsClustered
from contracts.deal import Deal
from contracts.packages import PackageEntry, PackageProposed, PackagingClosed
from packager.domain import Begun, Known, Packing, Plan, Proposal, Yardstick, proposed
from runtime import Member, RunKey, Transaction
from tests.samples import ids

Packed = tuple[str, str, str, int]  # tenant, run, cluster, the revision that packaged it


class EqualRates:
    """Every currency is worth the same, but nobody knows what XXX is worth."""

    def convert(self, amount: float, currency: str, to: str) -> float | None:
        return None if currency == "XXX" else amount


@dataclass
class MemoryRuns:
    runs: dict[RunKey, Begun] = field(default_factory=dict)
    clusters: dict[RunKey, frozenset[UUID]] = field(default_factory=dict)
    closed: dict[RunKey, PackagingClosed] = field(default_factory=dict)

    async def begin(self, tx: Transaction, event: DealsClustered, clustering: Clustering) -> None:
        begun = Begun(event.clustering, event.redo, event.settings.enrichment, event.budget_usd)
        self.runs.setdefault(tx.run, begun)
        self.clusters.setdefault(tx.run, frozenset(entry.cluster_id for entry in clustering.clusters))

    async def begun(self, run: RunKey) -> Begun:
        return self.runs[run]

    async def close(self, tx: Transaction, closed: PackagingClosed) -> None:
        self.closed.setdefault(tx.run, closed)


@dataclass
class MemoryPackages:
    runs: MemoryRuns = field(default_factory=MemoryRuns)
    proposals: dict[tuple[RunKey, UUID], PackageProposed] = field(default_factory=dict)
    links: dict[Packed, tuple[UUID, ...]] = field(default_factory=dict)

    async def known(self, cluster: ClusterFormed, package_ids: Sequence[UUID]) -> Known:
        again = self._had(cluster)
        found: dict[UUID, frozenset[UUID]] = {}
        for (tenant, run_id, packed, revision), packages in self.links.items():
            if (tenant, run_id) != (cluster.tenant, cluster.run_id) or revision >= cluster.revision:
                continue
            if again and packed == cluster.entity:
                continue
            for package_id in set(packages) & set(package_ids):
                found[package_id] = found.get(package_id, frozenset()) | {UUID(packed)}
        return found

    async def save(self, tx: Transaction, cluster: ClusterFormed, packing: Packing) -> None:
        await self.save_again(tx, proposed(cluster, packing))
        packages = [package.package_id for package in packing.packages]
        excluded = [packing.excluded.package_id] if packing.excluded else []
        key = (tx.run.tenant, tx.run.run_id, cluster.entity, tx.run.revision)
        self.links.setdefault(key, (*packages, *excluded))

    async def made(self, run: RunKey, members: Sequence[Member[ClusterFormed]]) -> Sequence[PackageEntry]:
        found = [
            self._entry(run, package_id, UUID(member.member_id))
            for member in members
            for package_id in self.links.get((run.tenant, run.run_id, member.member_id, member.made_by), ())
        ]
        return sorted(found, key=lambda entry: (str(entry.package_id), str(entry.cluster_id)))

    async def again(
        self, run: RunKey, entries: Sequence[PackageEntry], begun: Begun
    ) -> Sequence[PackageProposed]:
        changes = {"revision": run.revision, "settings": begun.enrichment, "budget_usd": begun.budget_usd}
        return [
            self._proposal(run, entry).model_copy(update={**changes, "cluster_id": entry.cluster_id})
            for entry in sorted(entries, key=lambda entry: str(entry.package_id))
        ]

    async def save_again(self, tx: Transaction, packages: Sequence[PackageProposed]) -> None:
        for package in packages:
            self.proposals.setdefault((tx.run, package.package_id), package)

    def _had(self, cluster: ClusterFormed) -> bool:
        """Whether the last revision before this one had the cluster."""
        earlier = [
            run
            for run in self.runs.clusters
            if (run.tenant, run.run_id) == (cluster.tenant, cluster.run_id)
            and run.revision < cluster.revision
        ]
        last = max(earlier, key=lambda run: run.revision, default=None)
        return last is not None and cluster.cluster_id in self.runs.clusters[last]

    def _entry(self, run: RunKey, package_id: UUID, cluster_id: UUID) -> PackageEntry:
        revision = max(
            key.revision
            for key, proposal in self.proposals
            if proposal == package_id
            and (key.tenant, key.run_id) == (run.tenant, run.run_id)
            and key.revision <= run.revision
        )
        proposal = self.proposals[RunKey(run.tenant, run.run_id, revision), package_id]
        return PackageEntry(
            package_id=package_id, cluster_id=cluster_id, kind=proposal.kind, revision=revision
        )

    def _proposal(self, run: RunKey, entry: PackageEntry) -> PackageProposed:
        return self.proposals[RunKey(run.tenant, run.run_id, entry.revision), entry.package_id]


@dataclass
class MemoryBudgets:
    limits: dict[tuple[str, str], Decimal] = field(default_factory=dict)

    async def set_limit(self, tenant: str, run_id: str, usd: Decimal) -> None:
        self.limits[tenant, run_id] = usd


class OnePackagePlanner:
    """Puts all deals of a cluster into one package."""

    async def propose(self, cluster: ClusterFormed, deals: Sequence[Deal], by: Yardstick) -> Plan:
        return Plan((Proposal("All of them", ids(deals), "They are alike."),), (), "planned-by-hand")
