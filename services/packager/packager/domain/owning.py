"""Which cluster a package belongs to, where several clusters hold all of its members."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.clusters import ClusterFormed, SharedDeal


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A cluster, and those of its deals that are in others as well."""

    cluster_id: UUID
    shared: Mapping[str, SharedDeal]

    def holders(self, members: Sequence[str]) -> frozenset[UUID]:
        """The other clusters that hold all of these deals."""
        elsewhere = [
            frozenset(self.shared[item].others) if item in self.shared else frozenset() for item in members
        ]
        return frozenset.intersection(*elsewhere) - {self.cluster_id} if elsewhere else frozenset()

    def owner(self, members: Sequence[str]) -> UUID:
        """The one that is home to most of them, of equal ones the smallest id. All holders say the same."""
        homes = Counter(self.shared[item].home for item in members if item in self.shared)
        holders = self.holders(members) | {self.cluster_id}
        return min(holders, key=lambda cluster: (-homes[cluster], str(cluster)))


def neighbourhood(cluster: ClusterFormed) -> Neighbourhood:
    return Neighbourhood(cluster.cluster_id, {each.item_id: each for each in cluster.shared})
