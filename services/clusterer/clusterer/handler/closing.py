"""The manifest of a clustering, once every cell is clustered or has failed."""

from collections.abc import Sequence
from dataclasses import dataclass

from clusterer.domain import CellResult, Partition, by_item, too_few, unplaced
from clusterer.handler.ports import Results, Rows
from clusterer.handler.reading import Inputs
from clusterer.handler.tasks import ClusterCell
from contracts import Event, WorkFailed
from contracts.clusters import ClusterEntry, Clustering, DealsClustered
from contracts.deals import Snapshot
from contracts.unplaced import Unplaced
from objects import put_content
from runtime import Closing, Failure, Member, Transaction


@dataclass(frozen=True, slots=True)
class CloseClustering:
    rows: Rows
    results: Results
    inputs: Inputs

    async def decide(self, closing: Closing[ClusterCell]) -> DealsClustered:
        partition = await self.rows.partition(closing.run)
        try:
            clustering = await self._clustering(closing, partition)
        except WorkFailed:  # the input itself is lost: nobody can name its deals, but the run must end
            clustering = Clustering(snapshot=partition.frozen.snapshot)
        return await self._manifest(partition, clustering)

    async def record(
        self, tx: Transaction, closing: Closing[ClusterCell], manifest: DealsClustered
    ) -> Sequence[Event]:
        await self.rows.close(tx, manifest)
        return [manifest]

    async def _clustering(self, closing: Closing[ClusterCell], partition: Partition) -> Clustering:
        frozen = partition.frozen
        snapshot = await self.inputs.snapshot(frozen.snapshot)
        results = [await self.results.read(one) for one in await self.rows.results(closing.run)]
        left = [item_id for result in results for item_id in result.left]
        return Clustering(
            snapshot=frozen.snapshot,
            clusters=_entries(results),
            failed=by_item(snapshot.failed, await self._failed(closing, partition, snapshot)),
            excluded=by_item(snapshot.excluded, too_few(left, frozen.settings.clusters)),
            base_revision=partition.base_revision,
            changed_deals=partition.changed_deals,
        )

    async def _failed(
        self, closing: Closing[ClusterCell], partition: Partition, snapshot: Snapshot
    ) -> tuple[Unplaced, ...]:
        if partition.given_up is not None:
            names = await self.inputs.names(snapshot.shards)
            return unplaced(names, partition.given_up.code, partition.given_up.words)
        lost = [await self._lost(member) for member in closing.members if member.state != "done"]
        return tuple(one for cell in lost for one in cell)

    async def _lost(self, member: Member[ClusterCell]) -> tuple[Unplaced, ...]:
        """The deals of a cell that came to nothing."""
        if member.event is None:
            return ()
        failure = member.failure or Failure(member.state, "")
        cell = await self.inputs.cell(member.event.cell)
        return unplaced(await self.inputs.names(cell.shards), failure.code, failure.words)

    async def _manifest(self, partition: Partition, clustering: Clustering) -> DealsClustered:
        frozen, body, count = partition.frozen, clustering.canonical(), len(clustering.clusters)
        prefix = f"{frozen.tenant}/manifests"
        return DealsClustered(
            tenant=frozen.tenant,
            run_id=frozen.run_id,
            revision=frozen.revision,
            clustering=await put_content(self.inputs.store, prefix, body, count=count),
            clusters=count,
            failed=len(clustering.failed),
            excluded=len(clustering.excluded),
            settings=frozen.settings,
            budget_usd=frozen.budget_usd,
            redo=frozen.redo,
        )


def _entries(results: Sequence[CellResult]) -> tuple[ClusterEntry, ...]:
    found = {cluster.cluster_id: cluster.revision for result in results for cluster in result.clusters}
    return tuple(ClusterEntry(cluster_id=one, revision=found[one]) for one in sorted(found))
