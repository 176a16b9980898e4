"""Items as they are published: kept as they now are, and embedded soon after."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from contracts import InvalidEvent
from embedder.domain import (
    Item,
    ItemName,
    Owners,
    by_tenant,
    chunks,
    fold,
    really_changed,
)
from embedder.handler.embedding import Models
from embedder.handler.following import Followings
from embedder.handler.kinds import DEAL, Kind
from embedder.handler.tasks import MAX_TEXTS, EmbedTexts, WatchRun
from encoder import text_sha256
from runtime import Arrived, Refused, Taken, Transaction

MAX_KEY = 500


class Items(Protocol):
    """Items of one kind as they now are. What was locked stays as it is until the transaction ends."""

    async def owners(self, tx: Transaction, keys: list[str]) -> Owners:
        """Which items came under these record keys."""
        ...

    async def lock(self, tx: Transaction, names: list[ItemName]) -> dict[ItemName, Item]: ...

    async def save(self, tx: Transaction, items: list[Item], owners: Owners) -> None: ...

    async def without_vector(self, tx: Transaction, tenant: str, model: str, texts: list[str]) -> list[str]:
        """Those of these texts (by sha256) that nobody has embedded yet, sorted."""
        ...


@dataclass(frozen=True, slots=True)
class Publication:
    """Takes items of one kind in by the batch."""

    items: Items
    models: Models
    followings: Followings | None = None  # who follows them; None: nobody can
    kind: Kind = DEAL

    async def record(self, tx: Transaction, batch: Sequence[Arrived[Any]]) -> Taken:
        stored = await self.items.owners(tx, sorted({_key(one) for one in batch if one.event is None} - {""}))
        arrived, unnamed, owners = _named(batch, stored, self.kind)
        known = await self.items.lock(tx, sorted({item.name for _, item in arrived}))
        changed, refused = fold(known, arrived)
        await self.items.save(tx, changed, owners)
        refusals = [Refused(position, reason) for position, reason in (*unnamed, *refused)]
        followed = await self._count(tx, really_changed(known, changed))
        return Taken([*await self._tasks(tx, changed), *followed], refusals)

    async def _count(self, tx: Transaction, changed: Sequence[Item]) -> list[WatchRun]:
        """Tell the runs that follow; one order for all, for their rows stay locked until the end."""
        tasks: list[WatchRun] = []
        if self.followings is None:
            return tasks
        for tenant, items in sorted(by_tenant(changed).items()):
            due = await self.followings.count(tx, tenant, [item.name.item_id for item in items])
            tasks += [WatchRun(tenant=tenant, followed=run_id, number=number) for run_id, number in due]
        return tasks

    async def _tasks(self, tx: Transaction, changed: Sequence[Item]) -> list[EmbedTexts]:
        tasks, model = [], self.models.default.model
        for tenant, items in by_tenant(changed).items():
            texts = sorted({item.text_sha256 for item in items if item.text_sha256 and not item.withdrawn})
            bare = await self.items.without_vector(tx, tenant, model, texts)
            tasks += [
                EmbedTexts(tenant=tenant, model=model, kind=self.kind.name, texts=tuple(some))
                for some in chunks(bare, MAX_TEXTS)
            ]
        return tasks


def _named(
    batch: Sequence[Arrived[Any]], stored: Owners, kind: Kind
) -> tuple[list[tuple[int, Item]], list[tuple[int, InvalidEvent]], Owners]:
    """Each record as a state of a named deal; those that name none; and the keys that are new names."""
    known = {key: set(names) for key, names in stored.items()}
    new: Owners = {}
    named: list[tuple[int, Item]] = []
    unnamed: list[tuple[int, InvalidEvent]] = []
    for position, one in enumerate(batch):
        try:
            item = _item(one, known, kind)
        except InvalidEvent as reason:
            unnamed.append((position, reason))
            continue
        named.append((position, item))
        key = _key(one)
        if one.event is not None and key and kind.naming.spelled(key) != item.name:
            known.setdefault(key, set()).add(item.name)
            new.setdefault(key, set()).add(item.name)
    return named, unnamed, new


def _key(arrived: Arrived[Any]) -> str:
    """The record's key, if it can name an item."""
    key = arrived.key
    return key if len(key) <= MAX_KEY and "\x00" not in key else ""


def _item(arrived: Arrived[Any], owners: Owners, kind: Kind) -> Item:
    if arrived.event is None:
        name = kind.naming.withdrawn(_key(arrived), owners)
        return Item(name, timestamp_ms=arrived.timestamp_ms, offset=arrived.offset)
    item = kind.item(arrived.event)
    body = item.canonical()
    return Item(
        name=ItemName(arrived.event.tenant, item.item_id),
        withdrawn=False,
        version=item.version,
        timestamp_ms=arrived.timestamp_ms,
        offset=arrived.offset,
        title=item.name,
        body=body,
        content_sha256=item.content_sha256,
        text_sha256=text_sha256(kind.text(body)),
    )
