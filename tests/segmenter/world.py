"""The segmenter's handlers on memory, driven as the runtime drives them, by a model that knows the labels."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from clustering import Vectors, batches
from contracts import Event, InvalidEvent, WorkFailed
from contracts.deals import ItemsFrozen
from contracts.product import Product
from contracts.runs import Cost, RunFinished
from contracts.segmentation import Segmentation, SegmentsAssigned
from contracts.segmenting import MergeAsked, RefineAsked
from objects import MemoryObjects, get_content
from runtime import Closing, Failure, Member, RunKey, Transaction
from segmenter.domain.extracting import Extraction, Found
from segmenter.domain.merging import Merge
from segmenter.domain.naming import category_names, product_names
from segmenter.domain.params import Defaults
from segmenter.domain.records import Said
from segmenter.domain.refining import Choice
from segmenter.domain.tasks import TakeStep
from segmenter.handler.advancing import Advance
from segmenter.handler.beginning import BeginRun
from segmenter.handler.finishing import Finishing
from segmenter.handler.ports import Asker
from segmenter.handler.reading import Objects
from segmenter.handler.stepping import MakeStep
from tests.segmenter.memory import MemoryRows

DEFAULTS = Defaults(10, 3, 10, 3, 8192, "assort-simulator-1", 0.2)


@dataclass(frozen=True)
class Expecting(Transaction):
    """Notes whom the run was told to expect."""

    expected: dict[str, int] = field(default_factory=dict)

    async def expect(self, members: Mapping[str, int]) -> None:
        self.expected.update(members)


class OwnProcess:
    async def batches(
        self, vectors: Vectors, weights: Sequence[float], *, size: int, weight: float, seed: int
    ) -> list[list[int]]:
        return batches(vectors, weights, size=size, weight=weight, seed=seed)


class NoCosts:
    async def of(self, run: RunKey) -> Cost:
        return Cost()


@dataclass
class GoldAsker:
    """Answers from labels: the category of a product is its label, and equal names are one category."""

    labels: Mapping[str, str]
    wrong: Mapping[str, str] = field(default_factory=dict)  # what extraction takes these products for

    def prompts(self, version: int | None) -> Mapping[str, str]:
        return {"extract_taxonomy.v1": "0" * 64}

    async def extract(self, step: TakeStep, products: Sequence[Product]) -> Said[Extraction]:
        groups: defaultdict[str, list[str]] = defaultdict(list)
        for called, product in zip(product_names(len(products)), products, strict=True):
            groups[self.wrong.get(product.name) or self.labels[product.name]].append(called)
        outside = tuple(groups.pop("out_of_scope", ()))
        found = tuple(Found(name, f"All {name}.", tuple(ids)) for name, ids in groups.items())
        return Said(Extraction(found, outside))

    async def merge(self, step: TakeStep, asked: MergeAsked) -> Said[Sequence[Merge]]:
        groups: defaultdict[str, list[str]] = defaultdict(list)
        for called, each in zip(category_names(len(asked.categories)), asked.categories, strict=True):
            groups[each.category_name].append(called)
        return Said([Merge(name, f"All {name}.", tuple(ids)) for name, ids in groups.items()])

    async def refine(
        self, step: TakeStep, asked: RefineAsked, products: Sequence[Product]
    ) -> Said[Sequence[Choice]]:
        called = category_names(len(asked.categories))
        names = {each.category_name: name for name, each in zip(called, asked.categories, strict=True)}
        names["out_of_scope"] = names.get("Out of scope", "")
        chosen = [names[self.labels[product.name]] for product in products]
        return Said([Choice(*pair) for pair in zip(product_names(len(products)), chosen, strict=True)])


Fails = Callable[[TakeStep], bool]


@dataclass(frozen=True)
class Ran:
    """What one revision came to."""

    finished: RunFinished
    assigned: SegmentsAssigned | None
    segmentation: Segmentation | None
    steps: int

    @property
    def partition(self) -> dict[str, frozenset[str]]:
        """The products of each segment, by its name."""
        segments = self.segmentation.segments if self.segmentation else ()
        return {segment.category_name: frozenset(segment.product_ids) for segment in segments}


class World:
    def __init__(self, asker: Asker, defaults: Defaults = DEFAULTS) -> None:
        self.store, self.rows = MemoryObjects(), MemoryRows()
        objects, grouper = Objects(self.store), OwnProcess()
        self.begin = BeginRun(self.rows, asker, grouper, objects, defaults)
        self.make = MakeStep(self.rows, asker, objects)
        self.close = Advance(self.rows, grouper, objects, Finishing(self.rows, objects, NoCosts()))

    async def run(
        self, event: ItemsFrozen, *, fails: Fails = lambda _: False, order: int = 1, cancel_at: int = -1
    ) -> Ran:
        """From start to end. `order` -1: the last task first; `cancel_at`: in which round it is cancelled."""
        tx = Expecting(cast("Any", None), RunKey(event.tenant, event.run_id, event.revision), "")
        told: Sequence[Event] = await self.begin.record(tx, event, await self.begin.decide(event))
        members: list[Member[TakeStep]] = []
        for turn in range(20):
            tasks = [task for task in told if isinstance(task, TakeStep)]
            if turn and not tasks:
                return await self._ran(told, len(members))
            cancelled = turn == cancel_at
            members += [await self._step(tx, task, fails, cancelled) for task in tasks[::order]]
            closing = Closing(tx.run, members, cancelled=cancelled)
            told = await self.close.record(tx, closing, await self.close.decide(closing))
        raise AssertionError("the run does not end")

    async def _step(self, tx: Transaction, task: TakeStep, fails: Fails, cancelled: bool) -> Member[TakeStep]:  # noqa: FBT001
        failure = Failure("cancelled", "the run was cancelled") if cancelled else None
        if fails(task):
            failure = Failure("bad_answer", "it stayed bad")
        try:
            settled = await (self.make.give_up(task, failure) if failure else self.make.decide(task))
        except (WorkFailed, InvalidEvent) as reason:
            failure = Failure(reason.code, reason.words)
            settled = await self.make.give_up(task, failure)
        await self.make.record(tx, task, settled)
        return Member(task.entity, "failed" if failure else "done", task.revision, task, failure)

    async def _ran(self, told: Sequence[Event], steps: int) -> Ran:
        assigned = next((event for event in told if isinstance(event, SegmentsAssigned)), None)
        [finished] = [event for event in told if isinstance(event, RunFinished)]
        found = None
        if assigned is not None:
            found = Segmentation.read(await get_content(self.store, assigned.segmentation))
        return Ran(finished, assigned, found, steps)


def gold_partition(products: Sequence[Product], labels: Mapping[str, str]) -> dict[str, frozenset[str]]:
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for product in products:
        label = labels[product.name]
        groups["Out of scope" if label == "out_of_scope" else label].add(product.item_id)
    return {name: frozenset(ids) for name, ids in groups.items()}
