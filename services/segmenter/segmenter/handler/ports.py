"""What the segmenter needs of the world."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from clustering import Vectors
from contracts.product import Product
from contracts.runs import Cost
from contracts.segmenting import MergeAsked, RefineAsked
from runtime import RunKey, Transaction
from segmenter.domain.extracting import Extraction
from segmenter.domain.merging import Merge
from segmenter.domain.records import Begun, Conclusion, FirstAssignment, LastAssignment, ProductName, Said
from segmenter.domain.refining import Choice
from segmenter.domain.steps import Opened, Settled, Step
from segmenter.domain.tasks import TakeStep


class Asker(Protocol):
    """Asks a model. Every answer names each id that was asked about once."""

    def prompts(self, version: int | None) -> Mapping[str, str]:
        """The sha256 of each prompt file by name and version; WorkFailed: there is no such version."""
        ...

    async def extract(self, step: TakeStep, products: Sequence[Product]) -> Said[Extraction]: ...

    async def merge(self, step: TakeStep, asked: MergeAsked) -> Said[Sequence[Merge]]: ...

    async def refine(
        self, step: TakeStep, asked: RefineAsked, products: Sequence[Product]
    ) -> Said[Sequence[Choice]]: ...


class Grouper(Protocol):
    async def batches(
        self, vectors: Vectors, weights: Sequence[float], *, size: int, weight: float, seed: int
    ) -> list[list[int]]:
        """Rows that are alike, off the event loop."""
        ...


class Costs(Protocol):
    async def of(self, run: RunKey) -> Cost:
        """Of all calls of the run so far, in every revision."""
        ...


class Rows(Protocol):
    """Runs, their calls, their taxonomies and assignments. What a revision has said first stays."""

    async def begin(
        self, tx: Transaction, begun: Begun, products: Sequence[ProductName], steps: Sequence[Opened]
    ) -> bool:
        """False: the revision has begun already."""
        ...

    async def begun(self, run: RunKey) -> Begun: ...

    async def steps(self, run: RunKey) -> Sequence[Step]:
        """In the order of phases and numbers."""
        ...

    async def open(self, tx: Transaction, steps: Sequence[Opened]) -> None:
        """Go on with these calls, all of one phase."""
        ...

    async def settle(self, tx: Transaction, phase: str, number: int, settled: Settled) -> None: ...

    async def merge_by_name(self, tx: Transaction, merges: Sequence[tuple[Opened, Settled]]) -> None:
        """What no model has merged; where one was asked, its failure stays to be read."""
        ...

    async def assign(self, tx: Transaction, first: FirstAssignment) -> None: ...

    async def reassign(self, tx: Transaction, last: LastAssignment) -> None: ...

    async def finish(self, tx: Transaction, conclusion: Conclusion) -> int | None:
        """The number of the taxonomy; None: there is none."""
        ...
