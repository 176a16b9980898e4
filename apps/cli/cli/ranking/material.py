"""The frozen candidates of a run, as they are stored."""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.connections import Store
from cli.domain.evidence import Named
from cli.manifests import item_ids, read_manifest, read_named
from contracts.deal import Deal
from contracts.deals import Snapshot
from contracts.event import loads
from contracts.ranking import RankingBrief
from ranking.graph.reading import read_lines

if TYPE_CHECKING:  # numpy, which no other command waits for
    from ranking.candidate import Collection


@dataclass(frozen=True, slots=True)
class Shard:
    """Lines of bodies, and the vectors of them as a .npy file."""

    bodies: bytes
    vectors: bytes


@dataclass(frozen=True, slots=True)
class Material:
    is_graph: bool
    shards: tuple[Shard, ...]
    model: str

    @property
    def ids(self) -> tuple[tuple[str, ...], ...]:
        """Of each shard, in its order."""
        read = node_ids if self.is_graph else item_ids
        return tuple(read(shard.bodies) for shard in self.shards)

    @property
    def names(self) -> dict[str, str]:
        """What each candidate is called."""
        lines = [line for shard in self.shards for line in shard.bodies.splitlines()]
        ids = [candidate_id for shard in self.ids for candidate_id in shard]
        return {one: str(loads(line)["name"]) for one, line in zip(ids, lines, strict=True)}

    def collection(self) -> "Collection":
        """Without the clusters: who is told from whom is a matter of texts and vectors alone."""
        import numpy as np  # noqa: PLC0415 - no other command waits for it

        from ranking.deals import collection_of_packages  # noqa: PLC0415 - loads numpy
        from ranking.graph.building import collection  # noqa: PLC0415 - same

        matrices = [np.load(io.BytesIO(shard.vectors), allow_pickle=False) for shard in self.shards]
        vectors = np.concatenate(matrices) if matrices else np.empty((0, 1), np.float32)
        if self.is_graph:
            return collection(
                read_lines(b"".join(shard.bodies for shard in self.shards)), vectors, self.model
            )
        deals = [Deal.read(line) for shard in self.shards for line in shard.bodies.splitlines()]
        return collection_of_packages(deals, (), clusters={}, homes={}, vectors=vectors, model=self.model)


def node_ids(bodies: bytes) -> tuple[str, ...]:
    return tuple(str(loads(line)["node_id"]) for line in bodies.splitlines() if line.strip())


def is_graph(brief: RankingBrief) -> bool:
    return brief.packages_run is None


async def material_of(store: Store, snapshot_row: Named, brief: RankingBrief) -> Material:
    """Raises WorkFailed or InvalidEvent where something of it is missing or damaged."""
    snapshot = await read_manifest(store, snapshot_row, Snapshot)
    shards = [
        Shard(
            await read_named(store, Named.of(shard.bodies)), await read_named(store, Named.of(shard.vectors))
        )
        for shard in snapshot.shards
    ]
    return Material(is_graph(brief), tuple(shards), snapshot.model)
