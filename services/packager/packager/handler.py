"""What the packager does with each event, and what it needs for that."""

from collections.abc import Sequence
from dataclasses import dataclass
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
from packager.domain import (
    Begun,
    Draft,
    Known,
    Packing,
    Plan,
    Rates,
    Yardstick,
    drafted,
    finished,
    in_step,
    neighbourhood,
    proposed,
)
from runtime import Closing, Failure, Member, RunKey, Transaction


class Deals(Protocol):
    """Bodies of deals in the object store."""

    async def read(self, bodies: Reference) -> Sequence[Deal]: ...


class Planner(Protocol):
    """Asks which packages a cluster could become, wishing for some that keep the rules."""

    async def propose(self, cluster: ClusterFormed, deals: Sequence[Deal], by: Yardstick) -> Plan: ...


class Packages(Protocol):
    """What was packed. Saving it twice is the same as saving it once."""

    async def known(self, cluster: ClusterFormed, package_ids: Sequence[UUID]) -> Known:
        """Which of these packages earlier revisions have, with their clusters.

        Where the last revision had this very cluster, it is packaged again: its own packages do not count.
        """
        ...

    async def save(self, tx: Transaction, cluster: ClusterFormed, packing: Packing) -> None: ...

    async def made(self, run: RunKey, members: Sequence[Member[ClusterFormed]]) -> Sequence[PackageEntry]:
        """The packages of these clusters, each under the last revision that proposed it."""
        ...

    async def again(
        self, run: RunKey, entries: Sequence[PackageEntry], begun: Begun
    ) -> Sequence[PackageProposed]:
        """These packages as proposals of this revision."""
        ...

    async def save_again(self, tx: Transaction, packages: Sequence[PackageProposed]) -> None: ...


class Manifests(Protocol):
    """Manifests in the object store."""

    async def clustering(self, reference: Reference) -> Clustering: ...

    async def clustering_if_readable(self, reference: Reference) -> Clustering | None: ...

    async def keep(self, tenant: str, packaging: Packaging) -> Reference: ...


class Runs(Protocol):
    """What the packager knows of a run besides its members."""

    async def begin(self, tx: Transaction, event: DealsClustered, clustering: Clustering) -> None: ...

    async def begun(self, run: RunKey) -> Begun: ...

    async def close(self, tx: Transaction, closed: PackagingClosed) -> None: ...


@dataclass(frozen=True, slots=True)
class PackageCluster:
    deals: Deals
    planner: Planner
    packages: Packages
    rates: Rates

    async def decide(self, cluster: ClusterFormed) -> Packing:
        deals = in_step(await self.deals.read(cluster.deals), cluster.deal_ids)
        by = Yardstick(cluster.settings.packing, self.rates)
        plan = await self.planner.propose(cluster, deals, by)
        draft = drafted(neighbourhood(cluster), deals, plan, by)
        return finished(draft, await self._known(cluster, draft))

    async def record(
        self, tx: Transaction, cluster: ClusterFormed, packing: Packing
    ) -> Sequence[PackageProposed]:
        await self.packages.save(tx, cluster, packing)
        return proposed(cluster, packing)

    async def _known(self, cluster: ClusterFormed, draft: Draft) -> Known:
        """Earlier revisions are over, so that the answer is always the same."""
        if cluster.revision == 1 or not draft.packages:
            return {}
        return await self.packages.known(cluster, [package.package_id for package in draft.packages])


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
        await self.runs.begin(tx, event, clustering)
        await tx.expect({str(entry.cluster_id): entry.revision for entry in clustering.clusters})
        return []


@dataclass(frozen=True, slots=True)
class Closed:
    """The manifest, and the packages that are proposed again for its sake."""

    event: PackagingClosed
    again: tuple[PackageProposed, ...] = ()


@dataclass(frozen=True, slots=True)
class ClosePackaging:
    packages: Packages
    manifests: Manifests
    runs: Runs

    async def decide(self, closing: Closing[ClusterFormed]) -> Closed:
        run, begun = closing.run, await self.runs.begun(closing.run)
        done = [member for member in closing.members if member.state == "done"]
        entries = await self.packages.made(run, done)
        again = await self._again(closing, entries, begun)
        packaging = Packaging(
            clustering=begun.clustering,
            packages=renewed(entries, again),
            failed_clusters=tuple(_failed(member) for member in closing.members if member.state != "done"),
        )
        return Closed(closed(run, packaging, await self.manifests.keep(run.tenant, packaging)), again)

    async def record(
        self, tx: Transaction, closing: Closing[ClusterFormed], decision: Closed
    ) -> Sequence[Event]:
        await self.packages.save_again(tx, decision.again)
        await self.runs.close(tx, decision.event)
        return [*decision.again, decision.event]

    async def _again(
        self, closing: Closing[ClusterFormed], entries: Sequence[PackageEntry], begun: Begun
    ) -> tuple[PackageProposed, ...]:
        """What earlier revisions proposed, where all is to be enriched again."""
        earlier = [entry for entry in entries if entry.revision < closing.run.revision]
        if begun.redo == "nothing" or closing.cancelled or not earlier:
            return ()
        return tuple(await self.packages.again(closing.run, earlier, begun))


def renewed(entries: Sequence[PackageEntry], again: Sequence[PackageProposed]) -> tuple[PackageEntry, ...]:
    """The entries, under this revision where it proposes them again."""
    revisions = {package.package_id: package.revision for package in again}
    return tuple(
        entry.model_copy(update={"revision": revisions.get(entry.package_id, entry.revision)})
        for entry in entries
    )


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
