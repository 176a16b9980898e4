"""What is plugged into what."""

from clusterer.handler.closing import CloseClustering
from clusterer.handler.grouping import GroupCell
from clusterer.handler.partitioning import PartitionInput
from clusterer.handler.ports import Grouper, Rows
from clusterer.handler.reading import Inputs, StoredResults
from clusterer.handler.tasks import ClusterCell
from clusterer.settings import Settings
from contracts.clusters import ClusterFormed, DealsClustered
from contracts.deals import ItemsFrozen
from objects import ObjectStore
from runtime import Stage


def build(settings: Settings, *, rows: Rows, grouper: Grouper, store: ObjectStore) -> Stage:
    results, inputs = StoredResults(store), Inputs(store)
    return (
        Stage("clusterer", settings.runtime)
        .on(ItemsFrozen, PartitionInput(rows, grouper, results, inputs))
        .on(ClusterCell, GroupCell(rows, grouper, results, inputs), emits=[ClusterFormed])
        .gathers(ClusterCell, CloseClustering(rows, results, inputs), emits=[DealsClustered])
    )
