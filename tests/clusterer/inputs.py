"""Frozen inputs for tests."""

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cli.demo_data import generate_deals
from contracts import canonical
from contracts.deal import Deal, read_deal
from contracts.deals import ItemsFrozen, Snapshot, SnapshotShard
from contracts.settings import ClusterSettings, PackageSettings
from contracts.unplaced import Unplaced
from encoder import HashEncoder, text_of
from objects import ObjectStore, put_content
from tests.embedder.deals import deal

MISSING = Unplaced(item_id="bidswitch.com/missing", code="not_published", words="nobody has published it")
GONE = Unplaced(item_id="bidswitch.com/gone", code="withdrawn", words="it was withdrawn")


def deals(count: int) -> list[Deal]:
    return sorted((deal(number) for number in range(count)), key=lambda one: one.item_id)


def made_up_deals(count: int) -> list[Deal]:
    """Like those of the demo: of many kinds."""
    made = (read_deal(canonical(demo.deal)) for demo in generate_deals(count))
    return sorted(made, key=lambda one: one.item_id)


def repriced(one: Deal) -> Deal:
    """The same but for its floor: its text says nothing of that, so its vector stays."""
    return one.model_copy(update={"terms": one.terms.model_copy(update={"dealfloor": 77.0, "cur": "USD"})})


def lines(some: Sequence[Deal]) -> bytes:
    return b"".join(one.canonical() + b"\n" for one in some)


def npy(vectors: NDArray[np.float32]) -> bytes:
    file = io.BytesIO()
    np.save(file, vectors)
    return file.getvalue()


def vectors_of(some: Sequence[Deal]) -> NDArray[np.float32]:
    return HashEncoder().encode([text_of(one) for one in some])


async def shard(store: ObjectStore, some: Sequence[Deal], tenant: str = "main") -> SnapshotShard:
    return SnapshotShard(
        bodies=await put_content(store, f"{tenant}/bodies", lines(some), count=len(some), suffix=".jsonl"),
        vectors=await put_content(
            store, f"{tenant}/vectors", npy(vectors_of(some)), count=len(some), suffix=".npy"
        ),
    )


async def frozen(
    store: ObjectStore,
    *shards: Sequence[Deal],
    run_id: str = "RUN_1",
    revision: int = 1,
    sizes: ClusterSettings | None = None,
    model: str = str(HashEncoder.identity),
) -> ItemsFrozen:
    """An input with these shards, one deal that nobody published and one that was withdrawn."""
    snapshot = Snapshot(
        items=sum(map(len, shards)),
        shards=tuple([await shard(store, some) for some in shards]),
        model=model,
        failed=(MISSING,),
        excluded=(GONE,),
    )
    return ItemsFrozen(
        run_id=run_id,
        revision=revision,
        snapshot=await put_content(store, "main/snapshots", snapshot.canonical(), count=snapshot.items),
        items=snapshot.items,
        failed=1,
        excluded=1,
        settings=PackageSettings(clusters=sizes or ClusterSettings()),
        budget_usd=2,
    )
