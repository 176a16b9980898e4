"""What the bundler needs of the world."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from bundler.domain.records import Begun, Conclusion, Mined
from bundler.domain.tasks import TakeStep
from bundling.deadline import Deadline
from bundling.generating import Explored, Work
from bundling.mining import Pairs, PairShard
from bundling.orders import OrderBook
from contracts.bundles import BundleDescribed, BundleGenerated
from contracts.runs import Cost
from contracts.states import Item, ItemName
from contracts.uploads import UploadRead, UploadReceived
from runtime import RunKey, Transaction


class Orders(Protocol):
    """Orders as they now are. What was locked stays as it is until the transaction ends."""

    async def lock(self, tx: Transaction, names: Sequence[ItemName]) -> dict[ItemName, Item]: ...

    async def save(self, tx: Transaction, orders: Sequence[Item]) -> None: ...

    async def book(self, tenant: str, store: str) -> OrderBook:
        """What a store has sold, cancelled and withdrawn orders left out."""
        ...


class Uploads(Protocol):
    """Files that were brought, and what they were read as. What was said first stays."""

    async def receive(self, tx: Transaction, received: UploadReceived) -> UploadReceived:
        """What is known under its id: this one, or the one that came before."""
        ...

    async def received(self, tenant: str, csv_upload_id: UUID) -> UploadReceived: ...

    async def read(self, tenant: str, csv_upload_id: UUID) -> UploadRead | None: ...

    async def keep(self, tx: Transaction, read: UploadRead) -> None: ...


class Rows(Protocol):
    """Runs and what they came to. What a revision has said first stays."""

    async def begin(self, tx: Transaction, begun: Begun) -> bool:
        """False: the revision has begun already."""
        ...

    async def begun(self, run: RunKey) -> Begun: ...

    async def settle(self, tx: Transaction, mined: Mined) -> None: ...

    async def mined(self, run: RunKey) -> Sequence[Mined]: ...

    async def combo_cost(self, tenant: str, store: str) -> float | None:
        """Milliseconds that a combo of the store takes, on average; None: it has had no run."""
        ...

    async def finish(self, tx: Transaction, conclusion: Conclusion, *, told: bool) -> None:
        """Not told: only the names of its bundles are missing."""
        ...

    async def bundles(self, run: RunKey) -> Sequence[BundleGenerated]: ...

    async def conclusion(self, run: RunKey) -> Conclusion:
        """What was decided, without its bundles."""
        ...

    async def describe(self, tx: Transaction, described: Sequence[BundleDescribed]) -> None: ...


class Explorer(Protocol):
    """Ideas for bundles, out of this process and within limits that hold whatever a combo does."""

    async def explore(self, work: Work, deadline: Deadline) -> Explored: ...


class Miner(Protocol):
    """Counts pairs, out of this process."""

    async def pairs(
        self, book: OrderBook, shard: PairShard, *, cap: int | None, deadline: Deadline
    ) -> Pairs: ...


class Describer(Protocol):
    async def describe(self, step: TakeStep, bundles: Sequence[BundleGenerated]) -> Sequence[BundleDescribed]:
        """A name and a few words for each."""
        ...


class Costs(Protocol):
    async def of(self, run: RunKey) -> Cost:
        """Of all calls of the run so far, in every revision."""
        ...
