"""What is plugged into what."""

from typing import Protocol

from contracts.bundles import BundlesRequested
from contracts.deal import read_deal
from contracts.deals import DealPublished, ItemsFrozen, PackagesRequested
from contracts.product import read_product
from contracts.products import ProductPublished, SegmentationRequested
from contracts.ranking_data import EmbeddingRequested, RankingDataRequested, TextsEmbedded
from contracts.runs import RunCommanded, RunFinished
from contracts.uploads import UploadRead
from embedder.domain import DEALS, NODES, PRODUCTS
from embedder.handler.commanding import Commands
from embedder.handler.embedding import (
    Embedding,
    Models,
    Published,
    ShardEmbedding,
    Shards,
    TextEmbedding,
    Vectors,
)
from embedder.handler.feed import Items, Publication
from embedder.handler.following import Ending, Followings, Watching
from embedder.handler.freezing import Freezing
from embedder.handler.kinds import PRODUCT
from embedder.handler.ranking import RankingRequest
from embedder.handler.requesting import Request
from embedder.handler.revisions import Freezes
from embedder.handler.selecting import Catalog, Selecting
from embedder.handler.tasks import EmbedShard, EmbedTexts, WatchRun
from embedder.handler.texts import EmbedOnDemand
from embedder.handler.uploading import KeepUploads, UploadedProducts, Uploads
from embedder.settings import Settings
from objects import ObjectStore
from runtime import Stage


class ItemRows(Items, Catalog, Published, Protocol):
    """Items of one kind, for the feed and for those who read them."""


class RunRows(Freezes, Shards, Protocol):
    """Inputs of runs, for those who select and for those who embed."""


def build(
    settings: Settings,
    *,
    deals: ItemRows,
    products: ItemRows,
    freezes: RunRows,
    followings: Followings,
    vectors: Vectors,
    uploads: Uploads,
    models: Models,
    store: ObjectStore,
) -> Stage:
    embedding = Embedding(vectors)
    selecting = Selecting(deals, store, settings.shard_items, DEALS)
    choosing = Selecting(products, store, settings.shard_items, PRODUCTS)
    nodes = Selecting(UploadedProducts({}), store, settings.shard_items, NODES)  # nobody publishes them
    kinds = {DEALS.kind: selecting, PRODUCTS.kind: choosing, NODES.kind: nodes}
    packages = Request(freezes, followings, selecting, models)
    segmentation = Request(freezes, followings, choosing, models)
    bundles = Request(freezes, followings, choosing, models, uploads)
    ranking = RankingRequest(freezes, models, store, settings.shard_items)
    return (
        Stage("embedder", settings.runtime)
        .follows(
            DealPublished,
            follower=Publication(deals, models, followings),
            plain=lambda body: plain(body, settings),
        )
        .follows(
            ProductPublished,
            follower=Publication(products, models, kind=PRODUCT),
            plain=lambda body: ProductPublished(product=read_product(body)),
        )
        .on(EmbedTexts, TextEmbedding(embedding, models, {DEALS.kind: deals, PRODUCTS.kind: products}))
        .on(PackagesRequested, packages, emits=[RunFinished])
        .on(SegmentationRequested, segmentation, emits=[RunFinished])
        .follows(UploadRead, follower=KeepUploads(uploads))
        .on(BundlesRequested, bundles, emits=[RunFinished])
        .on(RankingDataRequested, ranking, emits=[RunFinished])
        .on(EmbeddingRequested, EmbedOnDemand(embedding, models, store), emits=[TextsEmbedded])
        .on(RunCommanded, Commands(freezes, followings, kinds, models), emits=[RunFinished])
        .on(RunFinished, Ending(freezes, followings))
        .on(WatchRun, Watching(freezes, followings, selecting), emits=[PackagesRequested])
        .on(EmbedShard, ShardEmbedding(embedding, models, freezes, store))
        .gathers(EmbedShard, Freezing(freezes, store), emits=[ItemsFrozen])
    )


def plain(body: bytes, settings: Settings) -> DealPublished:
    """A deal as upstream systems send it, without CloudEvents headers."""
    return DealPublished(
        deal=read_deal(
            body, default_currency=settings.default_currency, default_scale=settings.default_safety_scale
        )
    )
