"""What the packager does with each event, and what it needs for that."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from contracts import Event, Reference
from contracts.clusters import ClusterFormed, Clustering, DealsClustered
from contracts.deal import Deal
from contracts.packages import (
    FailedCluster,
    PackageEntry,
    PackageProposed,
    Packaging,
    PackagingClosed,
)
from contracts.runs import RunCommanded
from packager.domain import EXCLUDED_NAME, EXCLUDED_REASONING, Packing, Plan, in_step, settle, told
from runtime import Closing, Failure, Member, RunKey, Transaction


class Deals(Protocol):
    """Bodies of deals in the object store."""

    async def read(self, bodies: Reference) -> Sequence[Deal]: ...


class Planner(Protocol):
    """Asks which packages a cluster could become."""

    async def propose(self, cluster: ClusterFormed, deals: Sequence[Deal]) -> Plan: ...


class Packages(Protocol):
    """What was packed. Saving it twice is the same as saving it once."""

    async def save(self, tx: Transaction, cluster: ClusterFormed, packing: Packing) -> None: ...

    async def made(self, run: RunKey, members: Sequence[Member[ClusterFormed]]) -> Sequence[PackageEntry]:
        """The packages of these clusters, each under the revision that made it."""
        ...


class Manifests(Protocol):
    """Manifests in the object store."""

    async def clustering(self, reference: Reference) -> Clustering: ...

    async def clustering_if_readable(self, reference: Reference) -> Clustering | None: ...

    async def keep(self, tenant: str, packaging: Packaging) -> Reference: ...


class Runs(Protocol):
    """What the packager knows of a run besides its members."""

    async def begin(self, tx: Transaction, clustering: Reference) -> None: ...

    async def clustering(self, run: RunKey) -> Reference: ...

    async def close(self, tx: Transaction, closed: PackagingClosed) -> None: ...


class Budgets(Protocol):
    async def set_limit(self, tenant: str, run_id: str, usd: Decimal) -> None: ...


@dataclass(frozen=True, slots=True)
class PackageCluster:
    deals: Deals
    planner: Planner
    packages: Packages

    async def decide(self, cluster: ClusterFormed) -> Packing:
        deals = in_step(await self.deals.read(cluster.deals), cluster.deal_ids)
        plan = await self.planner.propose(cluster, deals)
        return settle(cluster.cluster_id, deals, plan, min_deals=cluster.settings.packing.min_deals)

    async def record(
        self, tx: Transaction, cluster: ClusterFormed, packing: Packing
    ) -> Sequence[PackageProposed]:
        await self.packages.save(tx, cluster, packing)
        return proposed(cluster, packing)


@dataclass(frozen=True, slots=True)
class ExpectClusters:
    manifests: Manifests
    runs: Runs

    async def decide(self, event: DealsClustered) -> Clustering:
        return await self.manifests.clustering(event.clustering)

    async def give_up(self, event: DealsClustered, failure: Failure) -> Clustering:
        """Without a readable manifest nothing is expected; the last stage then says that the run failed."""
        found = await self.manifests.clustering_if_readable(event.clustering)
        return found or Clustering(snapshot=event.clustering)

    async def record(self, tx: Transaction, event: DealsClustered, clustering: Clustering) -> Sequence[Event]:
        await self.runs.begin(tx, event.clustering)
        await tx.expect({str(entry.cluster_id): entry.revision for entry in clustering.clusters})
        return []


@dataclass(frozen=True, slots=True)
class ClosePackaging:
    packages: Packages
    manifests: Manifests
    runs: Runs

    async def decide(self, closing: Closing[ClusterFormed]) -> PackagingClosed:
        run = closing.run
        done = [member for member in closing.members if member.state == "done"]
        packaging = Packaging(
            clustering=await self.runs.clustering(run),
            packages=tuple(await self.packages.made(run, done)),
            failed_clusters=tuple(_failed(member) for member in closing.members if member.state != "done"),
        )
        return closed(run, packaging, await self.manifests.keep(run.tenant, packaging))

    async def record(
        self, tx: Transaction, closing: Closing[ClusterFormed], decision: PackagingClosed
    ) -> Sequence[Event]:
        await self.runs.close(tx, decision)
        return [decision]


@dataclass(frozen=True, slots=True)
class SetBudget:
    """The limit holds for the run's calls at every stage."""

    budgets: Budgets

    async def decide(self, order: RunCommanded) -> None:
        if order.command == "raise_budget" and order.budget_usd is not None:
            await self.budgets.set_limit(order.tenant, order.run_id, Decimal(str(order.budget_usd)))

    async def record(self, tx: Transaction, order: RunCommanded, _: None) -> Sequence[Event]:
        return []


def proposed(cluster: ClusterFormed, packing: Packing) -> list[PackageProposed]:
    events = [
        PackageProposed(
            tenant=cluster.tenant,
            run_id=cluster.run_id,
            revision=cluster.revision,
            package_id=package.package_id,
            cluster_id=cluster.cluster_id,
            package_name=package.name,
            deal_ids=package.item_ids,
            reasoning=package.reasoning,
            deals=cluster.deals,
            model=packing.model,
            settings=cluster.settings.enrichment,
            budget_usd=cluster.budget_usd,
        )
        for package in packing.packages
    ]
    if packing.excluded is None:
        return events
    return [
        *events,
        PackageProposed(
            tenant=cluster.tenant,
            run_id=cluster.run_id,
            revision=cluster.revision,
            package_id=packing.excluded.package_id,
            cluster_id=cluster.cluster_id,
            kind="excluded",
            package_name=EXCLUDED_NAME,
            deal_ids=(),
            excluded=told(packing.excluded.exclusions),
            reasoning=EXCLUDED_REASONING,
            deals=cluster.deals,
            model=packing.model,
            settings=cluster.settings.enrichment,
            budget_usd=cluster.budget_usd,
        ),
    ]


def closed(run: RunKey, packaging: Packaging, reference: Reference) -> PackagingClosed:
    kinds = [entry.kind for entry in packaging.packages]
    return PackagingClosed(
        tenant=run.tenant,
        run_id=run.run_id,
        revision=run.revision,
        packaging=reference,
        packages=kinds.count("package"),
        excluded_packages=kinds.count("excluded"),
        failed_clusters=len(packaging.failed_clusters),
    )


def _failed(member: Member[ClusterFormed]) -> FailedCluster:
    failure = member.failure or Failure(member.state, "")
    return FailedCluster(
        cluster_id=UUID(member.member_id),
        deal_ids=member.event.deal_ids if member.event else (),
        code=failure.code,
        words=failure.words,
    )
