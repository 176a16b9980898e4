"""The embedder's handlers on ports in memory."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from contracts import Event, RunEvent
from contracts.deals import ItemKind, ItemsFrozen, PackagesRequested
from contracts.products import SegmentationRequested
from contracts.runs import RunCommanded, RunFinished, RunStatus
from embedder.domain import NODES, PRODUCTS
from embedder.handler.commanding import Commands
from embedder.handler.embedding import Embedding, ShardEmbedding, TextEmbedding
from embedder.handler.feed import Publication
from embedder.handler.following import Ending, Watching
from embedder.handler.freezing import Freezing
from embedder.handler.kinds import PRODUCT
from embedder.handler.requesting import Request
from embedder.handler.selecting import Selecting
from embedder.handler.tasks import EmbedShard, WatchRun
from embedder.handler.uploading import UploadedProducts
from encoder import HashEncoder
from objects import MemoryObjects
from runtime import Arrived, Closing, Failure, Member, RunKey, Taken, Transaction
from tests.embedder.deals import item, published
from tests.embedder.memory import MemoryFollowings, MemoryFreezes, MemoryItems, MemoryVectors


@dataclass
class CountingEncoding:
    """The hash encoder; remembers what it was asked for."""

    model: str = "counting"
    asked: list[str] = field(default_factory=list)

    async def encode(self, texts: list[str]) -> NDArray[np.float32]:
        self.asked += texts
        await asyncio.sleep(0)  # others have their turn meanwhile, as beside a real encoder
        return HashEncoder().encode(texts)


@dataclass
class FakeModels:
    default: CountingEncoding
    others: dict[str, CountingEncoding] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        return (self.default.model, *self.others)

    async def named(self, name: str | None) -> CountingEncoding | None:
        return self.default if name is None else self.others.get(name)


@dataclass(frozen=True)
class ExpectingTransaction(Transaction):
    """Notes whom the run was told to expect."""

    expected: list[str] = field(default_factory=list)

    async def expect(self, members: Any) -> None:
        self.expected.extend(members)


class World:
    """The embedder's handlers on memory."""

    def __init__(self) -> None:
        self.clock = 0
        self.vectors = MemoryVectors()
        self.items = MemoryItems(self.vectors)
        self.freezes = MemoryFreezes(waited=1000)
        self.store = MemoryObjects()
        self.encoding = CountingEncoding()
        self.models = FakeModels(self.encoding)
        self.embedding = Embedding(self.vectors)
        self.text_embedding = TextEmbedding(self.embedding, self.models, {"deal": self.items})
        self.selecting = Selecting(self.items, self.store, shard_items=2)
        self.followings = MemoryFollowings(self.freezes)
        self.products = MemoryItems(self.vectors)
        self.product_publication = Publication(self.products, self.models, kind=PRODUCT)
        self.choosing = Selecting(self.products, self.store, 2, PRODUCTS)
        nodes = Selecting(UploadedProducts({}), self.store, 2, NODES)
        kinds: dict[ItemKind, Selecting] = {
            "deal": self.selecting,
            "product": self.choosing,
            "node": nodes,
        }
        self.request = Request(self.freezes, self.followings, self.selecting, self.models)
        self.segmentation = Request(self.freezes, self.followings, self.choosing, self.models)
        self.commands = Commands(self.freezes, self.followings, kinds, self.models)
        self.ending = Ending(self.freezes, self.followings)
        self.watching = Watching(self.freezes, self.followings, self.selecting)
        self.shard_embedding = ShardEmbedding(self.embedding, self.models, self.freezes, self.store)
        self.freezing = Freezing(self.freezes, self.store)

    async def publish(self, *deal_ids: int | str, withdrawn: bool = False, **fields: Any) -> Taken:
        return await self.take(
            *(
                Arrived(
                    None if withdrawn else published(deal_id, **fields),
                    "deal.published.v1",
                    f"main/{item(deal_id)}",
                    self._tick(),
                    place,
                    published(deal_id).event_id,
                    "",
                )
                for place, deal_id in enumerate(deal_ids)
            )
        )

    async def take(self, *batch: Arrived[Any]) -> Taken:
        publication = Publication(self.items, self.models, self.followings)
        return await publication.record(transaction(RunKey("main", "", 0)), batch)

    def _tick(self) -> int:
        self.clock += 1
        return self.clock

    async def ask_segmentation(self, event: SegmentationRequested) -> list[Event]:
        decision = await self.segmentation.decide(event)
        return list(await self.segmentation.record(transaction(run_of(event)), event, decision))

    async def ask(self, event: PackagesRequested) -> list[Event]:
        decision = await self.request.decide(event)
        return list(await self.request.record(transaction(run_of(event)), event, decision))

    async def command(self, order: RunCommanded) -> list[Event]:
        decision = await self.commands.decide(order)
        return list(await self.commands.record(transaction(run_of(order)), order, decision))

    async def finish(self, event: RunEvent, status: RunStatus = "completed") -> list[Event]:
        finished = RunFinished(run_id=event.run_id, revision=event.revision, kind="packages", status=status)
        return list(await self.ending.record(transaction(run_of(event)), finished, None))

    async def run(self, event: PackagesRequested) -> ItemsFrozen:
        """Ask, freeze and finish."""
        await self.ask(event)
        frozen = await self.freeze(event)
        await self.finish(event)
        return frozen

    async def watch(self, task: Event) -> list[Event]:
        assert isinstance(task, WatchRun)
        decision = await self.watching.decide(task)
        return list(await self.watching.record(transaction(run_of(task)), task, decision))

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
        selection = await self.freezes.selection(run_of(event))
        task = EmbedShard(
            run_id=event.run_id,
            revision=event.revision,
            bodies=bodies,
            kind=selection.item_kind,
            model=selection.model,
            named=selection.embedding_model,
        )
        vectors = await self.shard_embedding.decide(task)
        await self.shard_embedding.record(transaction(run_of(event)), task, vectors)
        return Member(shard, "done", event.revision, None, None)


def run_of(event: RunEvent) -> RunKey:
    return RunKey(event.tenant, event.run_id, event.revision)


def transaction(run: RunKey) -> ExpectingTransaction:
    return ExpectingTransaction(cast("Any", None), run, "")
