"""Frozen products become batches to ask about."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from contracts import Event
from contracts.deals import ItemsFrozen, Snapshot
from contracts.segmentation import SegmentationBrief
from contracts.segmenting import BatchAsked
from runtime import Failure, Transaction
from segmenter.domain.params import Defaults, model_config, params
from segmenter.domain.products import Catalog, weights
from segmenter.domain.records import Begun, GivenUp, ProductName
from segmenter.domain.steps import Opened
from segmenter.domain.tasks import TakeStep
from segmenter.handler.ports import Asker, Grouper, Rows
from segmenter.handler.reading import Objects


@dataclass(frozen=True, slots=True)
class Beginning:
    begun: Begun
    products: tuple[ProductName, ...] = ()
    steps: tuple[Opened, ...] = ()


@dataclass(frozen=True, slots=True)
class BeginRun:
    rows: Rows
    asker: Asker
    grouper: Grouper
    objects: Objects
    defaults: Defaults
    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))  # one input in memory

    async def decide(self, frozen: ItemsFrozen) -> Beginning | None:
        """None: it is no segmentation."""
        brief = frozen.segmentation
        if brief is None:
            return None
        snapshot = await self.objects.read(Snapshot, frozen.snapshot)
        begun = self._begun(frozen, brief, snapshot.model)
        async with self.turn:
            catalog = await self.objects.catalog(snapshot)
            batches = await self._batches(catalog, begun)
            steps = await asyncio.gather(
                *(self._step(frozen.tenant, number, catalog, rows) for number, rows in enumerate(batches))
            )
        return Beginning(begun, names_of(catalog), tuple(steps))

    async def give_up(self, frozen: ItemsFrozen, failure: Failure) -> Beginning | None:
        """Nothing is asked: every product of the input has failed."""
        brief = frozen.segmentation
        return (
            None
            if brief is None
            else Beginning(self._begun(frozen, brief, "", GivenUp(failure.code, failure.words)))
        )

    async def record(
        self, tx: Transaction, frozen: ItemsFrozen, decision: Beginning | None
    ) -> Sequence[Event]:
        if decision is None:
            return []
        if not await self.rows.begin(tx, decision.begun, decision.products, decision.steps):
            return []
        return await expected(tx, decision.begun, decision.steps)

    def _begun(
        self, frozen: ItemsFrozen, brief: SegmentationBrief, encoder: str, given_up: GivenUp | None = None
    ) -> Begun:
        settings = brief.settings
        prompts = {} if given_up else self.asker.prompts(settings.llm.prompt_version)
        return Begun(
            frozen,
            params(settings, self.defaults, encoder=encoder, prompts=prompts),
            model_config(settings, self.defaults),
            given_up,
        )

    async def _batches(self, catalog: Catalog, begun: Begun) -> list[list[int]]:
        return await self.grouper.batches(
            catalog.items.vectors,
            weights(catalog.products),
            size=begun.params.products_per_prompt,
            weight=begun.params.data_tokens,
            seed=begun.params.seed,
        )

    async def _step(self, tenant: str, number: int, catalog: Catalog, rows: Sequence[int]) -> Opened:
        asked = BatchAsked(
            number=number,
            product_ids=tuple(catalog.item_ids[row] for row in rows),
            bodies=await self.objects.keep_lines(tenant, catalog.lines(rows), len(rows)),
        )
        reference = await self.objects.keep(tenant, asked, len(rows))
        return Opened("segmentation", number, reference, products=len(rows))


async def expected(tx: Transaction, begun: Begun, steps: Sequence[Opened]) -> list[TakeStep]:
    """The calls as work of any segmenter, all of which the run waits for."""
    tasks = [_task(begun, step) for step in steps]
    await tx.expect({task.entity: tx.run.revision for task in tasks})
    return tasks


def names_of(catalog: Catalog) -> tuple[ProductName, ...]:
    return tuple(
        ProductName(product.item_id, isinstance(product.product_id, int)) for product in catalog.products
    )


def _task(begun: Begun, step: Opened) -> TakeStep:
    frozen = begun.frozen
    return TakeStep(
        tenant=frozen.tenant,
        run_id=frozen.run_id,
        revision=frozen.revision,
        phase=step.phase,
        number=step.number,
        asked=step.asked,
        category=begun.category,
        config=begun.config,
        budget_usd=frozen.budget_usd,
    )
