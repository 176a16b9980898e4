"""What is plugged into what."""

from typing import Protocol

from contracts.deal import read_deal
from contracts.deals import DealPublished, ItemsFrozen, PackagesRequested
from contracts.runs import RunCommanded, RunFinished
from embedder.handler.embedding import (
    Embedding,
    Encoding,
    Published,
    ShardEmbedding,
    Shards,
    TextEmbedding,
    Vectors,
)
from embedder.handler.feed import Items, Publication
from embedder.handler.freezing import Freezes, Freezing, Request, Retry
from embedder.handler.selecting import Catalog, Selecting
from embedder.handler.tasks import EmbedShard, EmbedTexts
from embedder.settings import Settings
from objects import ObjectStore
from runtime import Stage


class DealRows(Items, Catalog, Published, Protocol):
    """Deals, for the feed and for those who read them."""


class RunRows(Freezes, Shards, Protocol):
    """Inputs of runs, for those who select and for those who embed."""


def build(
    settings: Settings,
    *,
    items: DealRows,
    freezes: RunRows,
    vectors: Vectors,
    encoding: Encoding,
    store: ObjectStore,
) -> Stage:
    embedding = Embedding(encoding, vectors)
    selecting = Selecting(items, store, encoding, settings.shard_items)
    return (
        Stage("embedder", settings.runtime)
        .follows(
            DealPublished,
            follower=Publication(items, encoding),
            plain=lambda body: plain(body, settings),
        )
        .on(EmbedTexts, TextEmbedding(embedding, items))
        .on(PackagesRequested, Request(freezes, selecting), emits=[RunFinished])
        .on(RunCommanded, Retry(freezes, selecting), emits=[RunFinished])
        .on(EmbedShard, ShardEmbedding(embedding, freezes, store))
        .gathers(EmbedShard, Freezing(freezes, store, encoding), emits=[ItemsFrozen])
    )


def plain(body: bytes, settings: Settings) -> DealPublished:
    """A deal as upstream systems send it, without CloudEvents headers."""
    return DealPublished(
        deal=read_deal(
            body, default_currency=settings.default_currency, default_scale=settings.default_safety_scale
        )
    )
