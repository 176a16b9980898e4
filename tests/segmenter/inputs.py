"""Frozen products for tests."""

import io
import random
from collections.abc import Mapping, Sequence

import numpy as np

from contracts.deals import ItemsFrozen, Snapshot, SnapshotShard
from contracts.product import Product
from contracts.segmentation import SegmentationBrief, SegmentationSettings
from contracts.unplaced import Unplaced
from encoder import HashEncoder
from objects import ObjectStore, put_content

RUN_ID = "RUN_20260131T120000Z_5e10c3aa"
CATEGORY = "Lamps and switches"
MISSING = Unplaced(item_id="missing", code="not_embedded", words="its vector was never made")
GONE = Unplaced(item_id="gone", code="withdrawn", words="the product was withdrawn")

KINDS: Mapping[str, Sequence[str]] = {
    "Dimmer switches": ("dimmer", "switch", "wall", "rotary", "LED", "pole"),
    "Table lamps": ("table", "lamp", "shade", "linen", "brass", "bedside"),
    "Smart bulbs": ("smart", "bulb", "colour", "app", "socket", "white"),
    "Cables": ("cable", "copper", "metre", "sheath", "core", "reel"),
    "out_of_scope": ("garden", "hose", "mower", "seed", "spade", "soil"),
}


def product(number: int, name: str, *, as_text: bool = False) -> Product:
    return Product(product_id=f"T-{number}" if as_text else number, name=name, price=float(number % 50))


def products(count: int, seed: int = 3) -> tuple[list[Product], dict[str, str]]:
    """Products and the label of each, by name."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    made, labels = [], {}
    for number in range(count):
        label = list(KINDS)[number % len(KINDS)]
        words = chance.sample(KINDS[label], 4)
        name = f"{' '.join(words)} {number}"
        labels[name] = label
        made.append(product(number, name, as_text=number % 3 == 0))
    return made, labels


def lines(some: Sequence[Product]) -> bytes:
    return b"".join(one.canonical() + b"\n" for one in some)


def vectors_of(some: Sequence[Product]) -> bytes:
    file = io.BytesIO()
    np.save(file, HashEncoder().encode([one.name for one in some]))
    return file.getvalue()


async def shard(store: ObjectStore, some: Sequence[Product], tenant: str) -> SnapshotShard:
    bodies = await put_content(store, f"{tenant}/bodies", lines(some), count=len(some), suffix=".jsonl")
    vectors = await put_content(store, f"{tenant}/vectors", vectors_of(some), count=len(some), suffix=".npy")
    return SnapshotShard(bodies=bodies, vectors=vectors)


async def frozen(
    store: ObjectStore,
    *shards: Sequence[Product],
    tenant: str = "main",
    run_id: str = RUN_ID,
    revision: int = 1,
    settings: SegmentationSettings | None = None,
) -> ItemsFrozen:
    """An input with these shards, one product without a vector and one that was withdrawn."""
    snapshot = Snapshot(
        items=sum(map(len, shards)),
        shards=tuple([await shard(store, some, tenant) for some in shards if some]),
        model=str(HashEncoder.identity),
        failed=(MISSING,),
        excluded=(GONE,),
    )
    stored = await put_content(store, f"{tenant}/snapshots", snapshot.canonical(), count=snapshot.items)
    brief = SegmentationBrief(category=CATEGORY, settings=settings or SegmentationSettings())
    return ItemsFrozen(
        tenant=tenant,
        run_id=run_id,
        revision=revision,
        kind="product",
        snapshot=stored,
        items=snapshot.items,
        failed=1,
        excluded=1,
        segmentation=brief,
    )
