"""What is plugged into what."""

from clusterer.handler import Clusterer, Clusters, Grouper
from clusterer.settings import Settings
from contracts.clusters import ClusterFormed, DealsClustered
from contracts.deals import ItemsFrozen
from objects import ObjectStore
from runtime import Stage


def build(settings: Settings, *, clusters: Clusters, grouper: Grouper, store: ObjectStore) -> Stage:
    return Stage("clusterer", settings.runtime).on(
        ItemsFrozen, Clusterer(clusters, grouper, store), emits=[ClusterFormed, DealsClustered]
    )
