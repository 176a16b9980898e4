"""Which items a run works on, as files that no longer change."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from contracts import InvalidEvent, Reference, canonical
from contracts.deals import ItemKind
from embedder.domain import (
    DEALS,
    Asked,
    Naming,
    Selection,
    Shard,
    chunks,
    is_own,
    lines_of,
    requested_ids,
    shard_id,
)
from objects import ObjectStore, get_content, put_content

MAX_LIST_BYTES = 64 * 1024 * 1024  # about a million ids


class Catalog(Protocol):
    """The items of one kind as they now are, to read."""

    async def offered(self, tenant: str) -> list[str]: ...

    async def known(self, tenant: str, item_ids: Sequence[str]) -> set[str]:
        """Those of the ids that were ever published."""
        ...

    async def bodies(self, tenant: str, item_ids: Sequence[str]) -> dict[str, bytes]:
        """Canonical bodies of those that are offered now."""
        ...


@dataclass(frozen=True, slots=True)
class Selecting:
    """Chooses the items of a run, all of one kind, and writes their bodies, which fixes them."""

    catalog: Catalog
    store: ObjectStore
    shard_items: int
    naming: Naming[ItemKind] = DEALS

    async def asked_ids(self, tenant: str, asked: Asked) -> list[str] | None:
        """None: every item that is offered."""
        return requested_ids(asked, await self._listed(tenant, asked), self.naming)

    async def shards(self, tenant: str, item_ids: Sequence[str], model: str) -> tuple[list[Shard], list[str]]:
        """Shards of these items, and those that were withdrawn meanwhile."""
        shards, gone = [], []
        for some in chunks(item_ids, self.shard_items):
            bodies = await self.catalog.bodies(tenant, some)
            gone += [item_id for item_id in some if item_id not in bodies]
            if bodies:
                shards.append(await self._shard(tenant, bodies, model))
        return shards, gone

    async def differs(self, tenant: str, selection: Selection) -> bool:
        """Whether the same question would select other deals, or others of their states, by now."""
        ids = await self.asked_ids(tenant, selection.asked)
        offered = set(await self.catalog.offered(tenant))
        if (offered if ids is None else offered.intersection(ids)) != selection.item_ids:
            return True
        for shard in selection.shards:
            bodies = await self.catalog.bodies(tenant, shard.item_ids)
            if len(bodies) < len(shard.item_ids):
                return True
            if hashlib.sha256(lines_of(bodies, shard.item_ids)).hexdigest() != shard.bodies.sha256:
                return True
        return False

    async def keep_list(self, tenant: str, item_ids: Sequence[str]) -> Reference:
        body = canonical(list(item_ids))
        return await put_content(self.store, f"{tenant}/lists", body, count=len(item_ids))

    async def _listed(self, tenant: str, asked: Asked) -> bytes | None:
        listed = asked.listed
        if listed is None:
            return None
        code = f"{self.naming.kind}_list"
        if not is_own(listed.key, tenant):
            raise InvalidEvent(code, f"{listed.key} is not among the objects of {tenant}")
        if listed.bytes > MAX_LIST_BYTES:
            raise InvalidEvent(code, f"{listed.bytes} bytes; at most {MAX_LIST_BYTES} are read")
        return await get_content(self.store, listed)

    async def _shard(self, tenant: str, bodies: Mapping[str, bytes], model: str) -> Shard:
        item_ids = tuple(sorted(bodies))
        lines = lines_of(bodies, item_ids)
        reference = await put_content(
            self.store, f"{tenant}/bodies", lines, count=len(item_ids), suffix=".jsonl"
        )
        return Shard(shard_id(reference.sha256, model), reference, item_ids)


def under(shards: Sequence[Shard], model: str) -> tuple[Shard, ...]:
    """The same deals as work for this model."""
    return tuple(replace(shard, shard_id=shard_id(shard.bodies.sha256, model)) for shard in shards)
