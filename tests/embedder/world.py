"""The embedder's handlers on ports in memory."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from contracts import Event, RunEvent
from contracts.deals import ItemsFrozen, PackagesRequested
from embedder.handler.embedding import Embedding, ShardEmbedding
from embedder.handler.feed import Publication
from embedder.handler.freezing import Freezing, Request, Retry
from embedder.handler.selecting import Selecting
from embedder.handler.tasks import EmbedShard
from encoder import HashEncoder
from objects import MemoryObjects
from runtime import Arrived, Closing, Failure, Member, RunKey, Taken, Transaction
from tests.embedder.deals import item, published
from tests.embedder.memory import MemoryFreezes, MemoryItems, MemoryVectors


@dataclass
class CountingEncoding:
    """The hash encoder; remembers what it was asked for."""

    model: str = "counting"
    asked: list[str] = field(default_factory=list)

    async def encode(self, texts: list[str]) -> NDArray[np.float32]:
        self.asked += texts
        await asyncio.sleep(0)  # others have their turn meanwhile, as beside a real encoder
        return HashEncoder().encode(texts)


@dataclass(frozen=True)
class ExpectingTransaction(Transaction):
    """Notes whom the run was told to expect."""

    expected: list[str] = field(default_factory=list)

    async def expect(self, members: Any) -> None:
        self.expected.extend(members)


class World:
    """The embedder's handlers on memory."""

    def __init__(self) -> None:
        self.vectors = MemoryVectors()
        self.items = MemoryItems(self.vectors)
        self.freezes = MemoryFreezes(waited=1000)
        self.store = MemoryObjects()
        self.encoding = CountingEncoding()
        self.embedding = Embedding(self.encoding, self.vectors)
        self.selecting = Selecting(self.items, self.store, self.encoding, shard_items=2)
        self.request = Request(self.freezes, self.selecting)
        self.retry = Retry(self.freezes, self.selecting)
        self.shard_embedding = ShardEmbedding(self.embedding, self.freezes, self.store)
        self.freezing = Freezing(self.freezes, self.store, self.encoding)

    async def publish(self, *deal_ids: int | str, withdrawn: bool = False) -> Taken:
        return await self.take(
            *(
                Arrived(
                    None if withdrawn else published(deal_id),
                    "deal.published.v1",
                    f"main/{item(deal_id)}",
                    int(withdrawn),
                    place,
                    published(deal_id).event_id,
                    "",
                )
                for place, deal_id in enumerate(deal_ids)
            )
        )

    async def take(self, *batch: Arrived[Any]) -> Taken:
        return await Publication(self.items, self.encoding).record(transaction(RunKey("main", "", 0)), batch)

    async def ask(self, event: PackagesRequested) -> list[Event]:
        decision = await self.request.decide(event)
        return list(await self.request.record(transaction(run_of(event)), event, decision))

    async def freeze(self, event: RunEvent, *, lost: tuple[str, ...] = ()) -> ItemsFrozen:
        """Embed the shards of a revision and close it."""
        selection = await self.freezes.selection(run_of(event))
        members = [await self._member(event, shard, lost) for shard in selection.shard_ids]
        closing = Closing(run_of(event), members, cancelled=False)
        frozen = await self.freezing.decide(closing)
        await self.freezing.record(transaction(run_of(event)), closing, frozen)
        return frozen

    async def _member(self, event: RunEvent, shard: str, lost: tuple[str, ...]) -> Member[EmbedShard]:
        if shard in lost:
            return Member(shard, "failed", event.revision, None, Failure("crashes", "it crashed"))
        for revision in range(1, event.revision + 1):
            if (RunKey("main", event.run_id, revision), shard) in self.freezes.shards:
                return Member(shard, "done", revision, None, None)
        [bodies] = [
            one.bodies
            for one in (await self.freezes.selection(run_of(event))).shards
            if one.shard_id == shard
        ]
        task = EmbedShard(
            run_id=event.run_id, revision=event.revision, bodies=bodies, model=self.encoding.model
        )
        vectors = await self.shard_embedding.decide(task)
        await self.shard_embedding.record(transaction(run_of(event)), task, vectors)
        return Member(shard, "done", event.revision, None, None)


def run_of(event: RunEvent) -> RunKey:
    return RunKey(event.tenant, event.run_id, event.revision)


def transaction(run: RunKey) -> ExpectingTransaction:
    return ExpectingTransaction(cast("Any", None), run, "")
