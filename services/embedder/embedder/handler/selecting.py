"""Which deals a run works on, as files that no longer change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from embedder.domain import Shard, chunks, shard_id
from embedder.handler.embedding import Encoding
from objects import ObjectStore, put_content


class Catalog(Protocol):
    """The deals as they now are, to read."""

    async def offered(self, tenant: str) -> list[str]: ...

    async def known(self, tenant: str, item_ids: Sequence[str]) -> set[str]:
        """Those of the ids that were ever published."""
        ...

    async def bodies(self, tenant: str, item_ids: Sequence[str]) -> dict[str, bytes]:
        """Canonical bodies of those that are offered now."""
        ...


@dataclass(frozen=True, slots=True)
class Selecting:
    """Chooses the deals of a run and writes their bodies, which fixes them."""

    catalog: Catalog
    store: ObjectStore
    encoding: Encoding
    shard_items: int

    async def shards(self, tenant: str, item_ids: Sequence[str]) -> tuple[list[Shard], list[str]]:
        """Shards of these deals, and those that were withdrawn meanwhile."""
        shards, gone = [], []
        for some in chunks(item_ids, self.shard_items):
            bodies = await self.catalog.bodies(tenant, some)
            gone += [item_id for item_id in some if item_id not in bodies]
            if bodies:
                shards.append(await self._shard(tenant, bodies))
        return shards, gone

    def named(self, shards: Sequence[Shard]) -> tuple[Shard, ...]:
        """The same deals as work for the present model."""
        return tuple(
            replace(shard, shard_id=shard_id(shard.bodies.sha256, self.encoding.model)) for shard in shards
        )

    async def _shard(self, tenant: str, bodies: Mapping[str, bytes]) -> Shard:
        item_ids = tuple(sorted(bodies))
        lines = b"".join(bodies[item_id] + b"\n" for item_id in item_ids)
        reference = await put_content(
            self.store, f"{tenant}/bodies", lines, count=len(item_ids), suffix=".jsonl"
        )
        return Shard(shard_id(reference.sha256, self.encoding.model), reference, item_ids)
