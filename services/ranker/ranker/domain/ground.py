"""What a run stands on, as it is stored: packages of another run, what is asked of each cluster."""

from pydantic import Field

from contracts import Entity
from contracts.ranking import MadeBy


class GroundCluster(Entity):
    """A cluster of deals that packages were made of."""

    cluster_id: str
    deal_ids: tuple[str, ...]
    guests: tuple[str, ...] = Field(default=(), description="Those that are at home in another cluster.")


class GroundPackage(Entity):
    package_id: str
    cluster_id: str
    name: str
    deal_ids: tuple[str, ...]


class Ground(Entity):
    """Neither: the run is made of a graph, which is all in the snapshot."""

    clusters: tuple[GroundCluster, ...] = ()
    packages: tuple[GroundPackage, ...] = ()


class ShownMember(Entity):
    """A member of a cluster as a model sees it."""

    name: str
    sectors: tuple[str, ...]
    regions: tuple[str, ...]
    attributes: tuple[str, ...]
    snippet: str


class Asked(Entity):
    """What is asked about one cluster, and the queries that take the place of an answer."""

    cluster_id: str
    prompt: str = Field(description="The key of the question.")
    members: tuple[ShownMember, ...]
    title: str = Field(description="The name of the cluster.")
    names: tuple[str, ...] = Field(description="Of its members, which a query may not copy.")
    wanted: int
    spare: tuple[str, ...] = ()
    spare_made_by: MadeBy | None = Field(default=None, description="Null: there is nothing but the model.")
